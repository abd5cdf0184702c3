import { askBird } from './control-socket.ts';
import type { OutlineRouter } from './outline.ts';

/** A session as BIRD sees it. */
export interface SeenSession {
  /** BGP's own word, lower case: `established`, `active`, `idle`. */
  readonly state: string;
  /** How many addresses the router has been told; 0 unless it is established. */
  readonly told: number;
  /** What ended it last, in BIRD's words; absent when nothing has. */
  readonly lastError?: string;
}

/** What BIRD says of the sessions of its file, by their names there; undefined when it does not answer. */
export async function askSessions(
  socketPath: string,
  routers: readonly OutlineRouter[],
): Promise<ReadonlyMap<string, SeenSession> | undefined> {
  const answers = await Promise.all(
    routers.map(async ({ session }) => [session, await askSession(socketPath, session)] as const),
  );
  if (answers.every(([, seen]) => seen === undefined)) return undefined;
  return new Map(answers.flatMap(([name, seen]) => (seen === undefined ? [] : [[name, seen]])));
}

async function askSession(socketPath: string, session: string): Promise<SeenSession | undefined> {
  const answer = await askBird(socketPath, `show protocols all ${session}`);
  return answer === undefined ? undefined : readSession(answer.lines);
}

/** Reads `show protocols all SESSION`. */
export function readSession(lines: readonly string[]): SeenSession | undefined {
  const value = (word: string) =>
    lines
      .map((line) => line.trim())
      .find((line) => line.startsWith(`${word}:`))
      ?.slice(word.length + 1)
      .trim();
  const state = value('BGP state')?.toLowerCase();
  if (state === undefined) return undefined;
  const told = Number(/(\d+) exported/.exec(value('Routes') ?? '')?.[1] ?? 0);
  const lastError = value('Last error');
  return {
    state,
    told: state === 'established' ? told : 0,
    ...(lastError === undefined || state === 'established' ? {} : { lastError }),
  };
}
