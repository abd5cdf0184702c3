/** The part of a picture that all panels share: time runs from left to right at the same places. */
export interface TimeAxis {
  /** Milliseconds since the end of the warm-up. */
  readonly from: number;
  readonly to: number;
  readonly x: (at: number) => number;
}

/** One strip of the picture, drawn at its own origin. */
export interface Panel {
  readonly title: string;
  readonly height: number;
  readonly svg: string;
}

export const WIDTH = 1080;
/** Where the first moment is; names stand to the left of it. */
export const LEFT = 96;
const RIGHT = 12;
/** Requests are counted for each so many milliseconds. */
export const BIN_MS = 100;

/** Told apart by people who do not see all colours, and on a printer without any by their brightness. */
export const COLOURS = {
  okRead: '#a9cce8',
  okWrite: '#3f74a8',
  failedRead: '#f28e2b',
  failedWrite: '#c4161c',
  shed: '#9467bd',
  ink: '#1b1f24',
  faint: '#6a737d',
  grid: '#e3e6ea',
  fault: '#c4161c',
  repair: '#2a7d3f',
  command: '#3f4fa8',
} as const;

export function timeAxis(from: number, to: number): TimeAxis {
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(1, to - from);
  return { from, to, x: (at) => round(LEFT + (Math.min(Math.max(at, from), to) - from) * scale) };
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Text for a picture or a page. */
export function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export function rect(x: number, y: number, width: number, height: number, fill: string, title = ''): string {
  const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"`;
  return title === '' ? `<rect ${place}/>` : `<rect ${place}><title>${escape(title)}</title></rect>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}" ${more}/>`;
}

export interface TextStyle {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly size?: number;
  readonly bold?: boolean;
  /** A white edge, for text over lines. */
  readonly halo?: boolean;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { anchor = 'start', fill = COLOURS.ink, size = 11, bold = false, halo = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  const edge = halo ? ' paint-order="stroke" stroke="#ffffff" stroke-width="4"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${weight}${edge}>${escape(content)}</text>`;
}

/** The number at the top of an axis: round, and not below `value`. */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 1.5, 2, 3, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** A coloured square and its name, one after the other from the right edge. */
export function legend(entries: readonly (readonly [string, string])[]): string {
  let x = WIDTH - RIGHT;
  const parts: string[] = [];
  for (const [name, colour] of [...entries].reverse()) {
    x -= name.length * 6 + 4;
    parts.push(text(x, -5, name, { fill: COLOURS.faint }));
    x -= 14;
    parts.push(rect(x, -14, 10, 10, colour));
    x -= 12;
  }
  return parts.join('');
}
