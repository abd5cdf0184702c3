import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { AddressMove } from '../../model/address-move.ts';
import { readIfPresent, replaceFile } from '../system/files.ts';

/** More lines than that are never kept; when there are, the older half goes. */
const most = 200;

/**
 * When addresses came and left, a line of JSON each, for good: it is read long after whoever saw it has ended. The watchdog
 * alone writes it.
 */
export class MoveJournal {
  readonly #path: string;
  #moves: readonly AddressMove[];

  private constructor(path: string, moves: readonly AddressMove[]) {
    this.#path = path;
    this.#moves = moves;
  }

  static async open(path: string): Promise<MoveJournal> {
    return new MoveJournal(path, await readMoves(path));
  }

  /** The oldest first. */
  get moves(): readonly AddressMove[] {
    return this.#moves;
  }

  /** @throws Error of the system, for example when the disk is full */
  async add(move: AddressMove): Promise<void> {
    this.#moves = [...this.#moves, move];
    if (this.#moves.length > most) {
      this.#moves = this.#moves.slice(-most / 2);
      await replaceFile(this.#path, this.#moves.map(lineOf).join(''), 0o600);
    } else await append(this.#path, lineOf(move));
  }
}

/** The oldest first; what was cut off by a power cut is left out. */
export async function readMoves(path: string): Promise<readonly AddressMove[]> {
  return ((await readIfPresent(path)) ?? '').split('\n').flatMap((line) => readMove(line) ?? []);
}

/** The end of the line comes first: so half a line that somebody left does not spoil the next one. */
function lineOf(move: AddressMove): string {
  return `\n${JSON.stringify(move)}`;
}

async function append(path: string, line: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    await handle.write(line);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function readMove(line: string): AddressMove | undefined {
  try {
    const read = JSON.parse(line) as Partial<AddressMove> | null;
    const whole =
      typeof read?.group === 'string' &&
      typeof read.at === 'number' &&
      (read.kind === 'came' || read.kind === 'left');
    return whole ? (read as AddressMove) : undefined;
  } catch {
    return undefined;
  }
}
