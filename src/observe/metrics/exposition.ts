import { type MetricName, metrics } from './catalogue.ts';

/** What the text is, for the header of an answer: Prometheus' text format. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels as they are written, see {@link labels}; and the value, without which nothing is written. */
export type Sample = readonly [labels: string, value: number | boolean | undefined];

/** Metrics as text: all samples of one beside each other, with what it is. */
export class Exposition {
  readonly #parts: Buffer[] = [];

  /** Writes one metric; nothing when it has no sample. */
  add(name: MetricName, samples: Iterable<Sample>): void {
    let lines = '';
    for (const [own, value] of samples) {
      if (value !== undefined) lines += `${name}${own} ${Number(value)}\n`;
    }
    if (lines === '') return;
    const { type, help } = metrics[name];
    const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    this.#parts.push(Buffer.from(head + lines));
  }

  /** All of it. */
  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** `{service="live-apis",server="api-1"}`; empty for none. */
export function labels(pairs: Readonly<Record<string, string>>): string {
  const written = Object.entries(pairs).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return written.length === 0 ? '' : `{${written.join(',')}}`;
}

function escapeLabel(value: string): string {
  return escapeHelp(value).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
