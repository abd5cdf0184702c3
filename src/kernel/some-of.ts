/** `a, b and 3 more`: no more than so many of a list, so that a line stays one that is read. Empty for an empty list. */
export function someOf(all: readonly string[], most: number): string {
  const shown = all.slice(0, most).join(', ');
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}
