import { join } from 'node:path';
import { openRoom } from '../scenario/namespace.ts';

/**
 * Runs a program of the lab in a room, until it has said what it saw.
 * @param program a path from the directory of this file
 * @throws Error with what went wrong there
 */
export async function seenInRoom<S>(program: string, words: readonly string[] = []): Promise<S> {
  const room = await openRoom(join(import.meta.dirname, program), words);
  try {
    const said = await new Promise<{ seen?: S; error?: string }>((resolve, reject) => {
      room.child.once('message', resolve);
      room.child.once('exit', (code) => reject(new Error(`the room ended with ${code}`)));
    });
    if (said.seen === undefined) throw new Error(said.error);
    return said.seen;
  } finally {
    await room.close();
  }
}
