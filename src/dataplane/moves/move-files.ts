import { join } from 'node:path';

/** What is known of past moves, in the state directory: it outlives every process, and a restart of the machine. */
export interface MoveFiles {
  readonly journal: string;
  readonly rehearsal: string;
}

export function moveFiles(stateDirectory: string): MoveFiles {
  return { journal: join(stateDirectory, 'moves'), rehearsal: join(stateDirectory, 'rehearsal') };
}
