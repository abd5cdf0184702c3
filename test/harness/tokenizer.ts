/**
 * HAProxy's rules for cutting a line into words (Configuration Manual, section 2.2), written apart from the
 * renderer and stricter: what it does not know throws. For tests that ask what HAProxy will read.
 */
export function tokenize(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  const next = (): string => {
    const character = line[at];
    if (character === undefined) throw new SyntaxError('the line ends inside a word');
    at += 1;
    return character;
  };
  while (at < line.length) {
    const character = next();
    if (/\p{Cc}/u.test(character)) throw new SyntaxError('a control character');
    if (character === ' ') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '#') {
      break;
    } else if (character === "'") {
      word ??= '';
      for (let inner = next(); inner !== "'"; inner = next()) word += inner;
    } else if (character === '\\') {
      const escaped = next();
      if (escaped !== "'") throw new SyntaxError('an escape other than that of a strong quote');
      word = (word ?? '') + escaped;
    } else if (character === '"' || character === '$') {
      throw new SyntaxError('a weak quote or a variable outside of strong quotes');
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
