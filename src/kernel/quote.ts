/** Enough to recognise what was written; a whole key or token pasted by mistake is longer. */
const longest = 80;

/** Everything that is not plainly visible on one line: control and format characters, separators, lone surrogates. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Text of a user for people, in quotes, on one line and not longer than a line: nothing in it can steer a terminal. */
export function quote(text: string): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return JSON.stringify(shown).replaceAll(invisible, escaped);
}

/** True when text is short and plain enough to be repeated in a finding as it is. */
export function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && text.length <= longest;
}

function escaped(character: string): string {
  return character.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
