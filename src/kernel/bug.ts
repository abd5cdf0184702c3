/** A broken invariant of our own. Never caused by what a user wrote; always worth a report. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** Makes the compiler prove that a union was handled completely, and says so loudly if it was not. */
export function unreachable(value: never, what: string): never {
  throw new Bug(`unhandled ${what}: ${JSON.stringify(value)}`);
}
