import type { ChildProcess } from 'node:child_process';
import { openRoom } from './namespace.ts';

/** What ends the wait for a room. */
export interface Outcome<T> {
  readonly done: (value: T) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Runs a program in a room of its own until it has said how it ended; then the room is gone.
 * @param hear told each message of the program
 * @param begun called once the program was started
 * @throws RoomError, or an Error when the room ends first
 */
export async function outcomeOf<T, Report>(
  program: string,
  words: readonly string[],
  hear: (report: Report, outcome: Outcome<T>, child: ChildProcess) => void,
  begun: (outcome: Outcome<T>) => void = () => undefined,
): Promise<T> {
  const room = await openRoom(program, words);
  try {
    return await new Promise<T>((done, failed) => {
      const outcome = { done, failed };
      begun(outcome);
      room.child.once('error', failed);
      room.child.once('exit', (code) =>
        failed(new Error(`the room ended with ${code} before it had said how it went`)),
      );
      room.child.on('message', (report) => hear(report as Report, outcome, room.child));
    });
  } finally {
    await room.close();
  }
}
