import { join } from 'node:path';
import { outcomeOf } from '../scenario/outcome-of.ts';

/**
 * Runs a program of the lab in a room, until it has said what it saw.
 * @param program a path from the directory of this file
 * @throws Error with what went wrong there
 */
export async function seenInRoom<S>(program: string, words: readonly string[] = []): Promise<S> {
  return await outcomeOf<S, { readonly seen?: S; readonly error?: string }>(
    join(import.meta.dirname, program),
    words,
    ({ seen, error }, { done, failed }) => {
      if (seen === undefined) failed(new Error(error));
      else done(seen);
    },
  );
}
