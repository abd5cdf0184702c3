/** `well-formed`, or the first thing in a small XML document that is not. */
export function wellFormed(text: string): string {
  const open: string[] = [];
  let rest = text;
  while (rest !== '') {
    const content = /^[^<>&]+|^&(?:amp|lt|gt|quot);/.exec(rest)?.[0];
    const tag =
      /^<(\/?)([a-z]+)((?: [a-z0-9:A-Z-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*) ?(\/?)>/.exec(rest);
    if (content !== undefined) rest = rest.slice(content.length);
    else if (tag === null) return `unexpected ${rest.slice(0, 60)}`;
    else {
      const [all, closing, name = '', , alone] = tag;
      if (closing === '/' && open.pop() !== name) return `</${name}> closes nothing`;
      if (closing !== '/' && alone !== '/') open.push(name);
      rest = rest.slice(all.length);
    }
  }
  return open.length === 0 ? 'well-formed' : `<${open.join('> <')}> not closed`;
}
