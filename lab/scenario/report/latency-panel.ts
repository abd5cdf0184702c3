import { percentile } from '../measure.ts';
import type { Sample } from '../recording.ts';
import {
  BIN_MS,
  COLOURS,
  LEFT,
  legend,
  line,
  type Panel,
  round,
  type TimeAxis,
  text,
  WIDTH,
} from './canvas.ts';

const HEIGHT = 120;
const FASTEST_MS = 1;
const SLOWEST_MS = 20_000;
const TICKS = [
  [1, '1 ms'],
  [10, '10 ms'],
  [100, '100 ms'],
  [1_000, '1 s'],
  [10_000, '10 s'],
] as const;

/** How long requests took that were due in each 100 ms, on a scale on which each line is ten times the one below. */
export function latencyPanel(samples: readonly Sample[], axis: TimeAxis): Panel {
  const bins = new Map<number, number[]>();
  for (const { due, end, outcome } of samples) {
    if (outcome !== 'ok') continue;
    const bin = Math.floor(due / BIN_MS) * BIN_MS;
    const took = bins.get(bin);
    if (took === undefined) bins.set(bin, [end - due]);
    else took.push(end - due);
  }
  const sorted = [...bins].sort(([a], [b]) => a - b);
  for (const [, took] of sorted) took.sort((a, b) => a - b);
  const parts = [
    legend([
      ['p50', COLOURS.okWrite],
      ['p99', COLOURS.ink],
      ['failed after', COLOURS.fault],
    ]),
    ...TICKS.flatMap(([tick, name]) => [
      line(LEFT, yOf(tick), WIDTH, yOf(tick), COLOURS.grid),
      text(LEFT - 8, yOf(tick) + 4, name, { anchor: 'end', fill: COLOURS.faint }),
    ]),
    path(sorted, 0.99, axis, COLOURS.ink, 1),
    path(sorted, 0.5, axis, COLOURS.okWrite, 2),
    ...samples
      .filter(({ outcome }) => outcome !== 'ok')
      .map(
        ({ due, end }) =>
          `<circle cx="${axis.x(due)}" cy="${yOf(end - due)}" r="1.8" fill="${COLOURS.fault}" fill-opacity="0.6"/>`,
      ),
  ];
  return { title: 'Latency, from when a request was due', height: HEIGHT, svg: parts.join('') };
}

/** A line through the percentiles, interrupted where nothing succeeded. */
function path(
  bins: readonly (readonly [number, readonly number[]])[],
  share: number,
  axis: TimeAxis,
  stroke: string,
  width: number,
): string {
  let before = Number.NEGATIVE_INFINITY;
  const steps = bins.map(([bin, took]) => {
    const step = `${bin - before > BIN_MS ? 'M' : 'L'}${axis.x(bin + BIN_MS / 2)} ${yOf(percentile(took, share))}`;
    before = bin;
    return step;
  });
  return `<path d="${steps.join('')}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`;
}

function yOf(milliseconds: number): number {
  const bounded = Math.min(Math.max(milliseconds, FASTEST_MS), SLOWEST_MS);
  return round(HEIGHT * (1 - Math.log10(bounded / FASTEST_MS) / Math.log10(SLOWEST_MS / FASTEST_MS)));
}
