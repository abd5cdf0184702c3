import { classOf } from '../measure.ts';
import type { Sample } from '../recording.ts';
import {
  BIN_MS,
  COLOURS,
  LEFT,
  legend,
  line,
  niceTop,
  type Panel,
  rect,
  type TimeAxis,
  text,
  WIDTH,
} from './canvas.ts';

const KINDS = [
  ['ok, read', COLOURS.okRead],
  ['ok, write', COLOURS.okWrite],
  ['failed read', COLOURS.failedRead],
  ['failed write', COLOURS.failedWrite],
  ['refused clearly', COLOURS.shed],
] as const;
type Counts = [number, number, number, number, number];

const UP = 110;
const DOWN = 54;

/** Requests that were due in each 100 ms: what succeeded above the line, what failed below it, on a scale of its own. */
export function requestsPanel(samples: readonly Sample[], axis: TimeAxis): Panel {
  const bins = new Map<number, Counts>();
  for (const sample of samples) {
    const bin = Math.floor(sample.due / BIN_MS) * BIN_MS;
    const counts = bins.get(bin) ?? [0, 0, 0, 0, 0];
    counts[columnOf(sample)] += 1;
    bins.set(bin, counts);
  }
  const all = [...bins.values()];
  const top = niceTop(Math.max(1, ...all.map(([read, write]) => read + write)));
  const bottom = niceTop(Math.max(4, ...all.map(([, , ...bad]) => sum(bad))));
  const parts = [
    legend(KINDS),
    line(LEFT, 0, WIDTH, 0, COLOURS.grid),
    text(LEFT - 8, 9, String(top), { anchor: 'end', fill: COLOURS.faint }),
    text(LEFT - 8, UP / 2, 'succeeded', { anchor: 'end' }),
    text(LEFT - 8, UP + DOWN / 2 + 4, 'failed', { anchor: 'end', fill: COLOURS.fault, bold: true }),
    text(LEFT - 8, UP + DOWN, String(bottom), { anchor: 'end', fill: COLOURS.faint }),
    line(LEFT, UP + DOWN, WIDTH, UP + DOWN, COLOURS.grid),
  ];
  for (const [bin, counts] of bins) {
    const [x, width] = [axis.x(bin), axis.x(bin + BIN_MS) - axis.x(bin) - 0.6];
    let y = UP;
    for (const column of [0, 1] as const) {
      const height = (counts[column] / top) * UP;
      y -= height;
      if (height > 0) parts.push(rect(x, y, width, height, KINDS[column][1]));
    }
    y = UP;
    for (const column of [2, 3, 4] as const) {
      const height = (counts[column] / bottom) * DOWN;
      const [name, colour] = KINDS[column];
      if (height > 0)
        parts.push(rect(x, y, width, height, colour, `${counts[column]} x ${name} at ${bin / 1000} s`));
      y += height;
    }
  }
  parts.push(line(LEFT, UP, WIDTH, UP, COLOURS.ink));
  return { title: 'Requests per 100 ms, when they were due', height: UP + DOWN, svg: parts.join('') };
}

function columnOf(sample: Sample): 0 | 1 | 2 | 3 | 4 {
  if (sample.outcome === 'shed') return 4;
  const read = classOf(sample) === 'read';
  if (sample.outcome === 'ok') return read ? 0 : 1;
  return read ? 2 : 3;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
