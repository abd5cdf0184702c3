import { join } from 'node:path';
import { openRoom } from '../scenario/namespace.ts';

/** Runs one of the programs beside this file in a room, until it has said what it saw. @throws Error with what went wrong there */
export async function seenInRoom<S>(program: string): Promise<S> {
  const room = await openRoom(join(import.meta.dirname, program), []);
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
