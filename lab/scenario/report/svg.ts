import type { Mark, Recording } from '../recording.ts';
import { COLOURS, LEFT, line, type Panel, type TimeAxis, text, timeAxis, WIDTH } from './canvas.ts';
import { latencyPanel } from './latency-panel.ts';
import { pairPanel } from './pair-panel.ts';
import { requestsPanel } from './requests-panel.ts';
import { conditionsPanel, serversPanel } from './servers-panel.ts';

const HEADING = 34;
const LANE = 15;

/** The time line of a run: what was done, and below it what clients, servers and the product saw at that moment. */
export function timelineSvg(recording: Recording): string {
  const { samples, marks, duration } = recording;
  const from = Math.min(0, ...samples.map(({ due }) => due));
  const last = Math.max(duration, ...marks.map(({ done }) => Math.min(done, duration + 3_000)));
  const axis = timeAxis(from, last);
  const { svg: labels, height: lanes } = markLabels(marks, axis);
  const panels = [
    requestsPanel(samples, axis),
    latencyPanel(samples, axis),
    ...(recording.pair === undefined ? [] : [pairPanel(recording.pair, axis)]),
    serversPanel(recording, axis),
    conditionsPanel(recording, axis),
  ];
  const top = lanes + 22;
  const height = panels.reduce((sum, panel) => sum + HEADING + panel.height, top) + 12;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, 'DejaVu Sans', sans-serif">`,
    '<title>Time line of the run</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    warmUp(axis, top, height),
    secondLines(axis, top, height),
    ...marks.map((mark) =>
      line(axis.x(mark.at), 4, axis.x(mark.at), height - 8, COLOURS[mark.kind], 'stroke-dasharray="4 3"'),
    ),
    labels,
    secondNames(axis, top),
    stack(panels, top),
    '</svg>',
  ];
  return parts.join('\n');
}

function stack(panels: readonly Panel[], top: number): string {
  let y = top;
  return panels
    .map(({ title, height, svg }) => {
      y += HEADING;
      const part = `<g transform="translate(0 ${y})">${text(LEFT, -5, title, { bold: true, size: 12 })}${svg}</g>`;
      y += height;
      return part;
    })
    .join('\n');
}

function warmUp(axis: TimeAxis, top: number, height: number): string {
  if (axis.from >= 0) return '';
  const width = axis.x(0) - axis.x(axis.from);
  return `<rect x="${axis.x(axis.from)}" y="${top}" width="${width}" height="${height - top - 8}" fill="#f4f5f7"/>${text(axis.x(axis.from) + 4, top + 12, 'warm-up', { fill: COLOURS.faint, size: 10 })}`;
}

function secondLines(axis: TimeAxis, top: number, height: number): string {
  return secondsOf(axis)
    .map((at) => line(axis.x(at), top, axis.x(at), height - 8, COLOURS.grid))
    .join('');
}

function secondNames(axis: TimeAxis, top: number): string {
  const style = { anchor: 'middle', fill: COLOURS.faint, size: 10, halo: true } as const;
  return secondsOf(axis)
    .map((at) => text(axis.x(at), top - 4, `${at / 1000} s`, style))
    .join('');
}

function secondsOf({ from, to }: TimeAxis): number[] {
  const first = Math.ceil(from / 1000);
  return Array.from({ length: Math.floor(to / 1000) - first + 1 }, (_, index) => (first + index) * 1000);
}

/** Labels stand in as many rows as they need not to cover each other. */
function markLabels(marks: readonly Mark[], axis: TimeAxis): { svg: string; height: number } {
  const ends: number[] = [];
  const parts = marks.map(({ at, text: what, kind, on }) => {
    const words = [on.join(', '), what].filter((part) => part !== '').join(': ');
    const width = words.length * 6.2 + 12;
    const right = axis.x(at) + width > WIDTH;
    const [begin, end] = right ? [axis.x(at) - width, axis.x(at)] : [axis.x(at), axis.x(at) + width];
    const free = ends.findIndex((taken) => taken <= begin);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = end;
    const x = right ? axis.x(at) - 4 : axis.x(at) + 4;
    return text(x, lane * LANE + 12, words, {
      fill: COLOURS[kind],
      bold: true,
      anchor: right ? 'end' : 'start',
    });
  });
  return { svg: parts.join(''), height: Math.max(1, ends.length) * LANE };
}
