/** A run that did not come to its end. */
export interface Broken {
  readonly kind: 'broken';
  readonly why: string;
}

/**
 * For a program that runs in a room: tells whoever ordered it how the run ended, and ends with it the room and everything in it.
 * @param run gives what is told last
 */
export async function reportEnd<Report>(run: Promise<Report>): Promise<void> {
  // Whoever ordered it was ended, and nobody is left to close the room.
  process.once('disconnect', () => process.exit(1));
  const last = await run.catch(
    (error: unknown): Broken => ({
      kind: 'broken',
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  );
  process.send?.(last, () => process.exit(0));
}
