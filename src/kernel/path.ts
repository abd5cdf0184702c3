/** The way to a node in a declaration: keys of mappings and indexes of sequences, from the root. */
export type Path = readonly (string | number)[];

const plainKey = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Writes a path the way an operator reads it: `services.live.apiServers.api-1`, `listeners[0].port`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!plainKey.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** Reads what {@link formatPath} writes; also accepts `listeners.0.port`. Undefined for other text; never throws. */
export function parsePath(text: string): Path | undefined {
  if (text === '') return [];
  const steps: (string | number)[] = [];
  const step = /\.?(?:([A-Za-z0-9_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\[^])*")\])/y;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    const [, key, index, quoted] = match;
    if (quoted !== undefined) {
      const text = unquote(quoted);
      if (text === undefined) return undefined;
      steps.push(text);
    }
    if (index !== undefined) steps.push(Number(index));
    if (key !== undefined) steps.push(/^\d+$/.test(key) ? Number(key) : key);
  }
  return steps;
}

function unquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

/** One string per path, unequal for unequal paths: for use as a map key. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}
