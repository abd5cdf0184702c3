import type { Recording, StateSample } from '../recording.ts';
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

const ANSWERS = 40;
const STATE = 14;
const GAP = 8;

const STATE_COLOURS: Readonly<Record<string, string>> = {
  up: '#bfe3c5',
  'no-check': '#bfe3c5',
  'going-down': '#ffd54d',
  'going-up': '#ffe9a3',
  down: '#e0555a',
  drain: '#9fb6e8',
  maintenance: '#b8bec6',
};

/** A lane for each API server: who answered, and below it what the product said of the server. */
export function serversPanel(recording: Recording, axis: TimeAxis): Panel {
  const { samples, servers } = recording;
  const states = statesOf(recording);
  const bins = new Map<string, Map<number, number>>(servers.map((name) => [name, new Map()]));
  for (const { server, end } of samples) {
    const lane = bins.get(server ?? '');
    const bin = Math.floor(end / BIN_MS) * BIN_MS;
    lane?.set(bin, (lane.get(bin) ?? 0) + 1);
  }
  const most = Math.max(1, ...[...bins.values()].flatMap((lane) => [...lane.values()]));
  const top = niceTop(most);
  const service = states[0]?.servers[0]?.service;
  const parts = [
    legend(
      ['up', 'going-down', 'down', 'going-up', 'drain'].map((state) => [state, STATE_COLOURS[state] ?? '']),
    ),
  ];
  let y = 0;
  for (const [name, lane] of bins) {
    parts.push(text(LEFT - 8, y + ANSWERS / 2 + 4, name, { anchor: 'end', bold: true }));
    parts.push(text(LEFT - 8, y + 9, String(top), { anchor: 'end', fill: COLOURS.faint, size: 9 }));
    for (const [bin, count] of lane) {
      const height = (Math.min(count, top) / top) * ANSWERS;
      const [x, width] = [axis.x(bin), axis.x(bin + BIN_MS) - axis.x(bin) - 0.6];
      if (bin >= axis.from && bin < axis.to)
        parts.push(rect(x, y + ANSWERS - height, width, height, '#7f8b99'));
    }
    parts.push(line(LEFT, y + ANSWERS, WIDTH, y + ANSWERS, COLOURS.ink, 'stroke-width="0.5"'));
    parts.push(
      text(LEFT - 8, y + ANSWERS + STATE - 3, 'aorta status', {
        anchor: 'end',
        fill: COLOURS.faint,
        size: 10,
      }),
    );
    for (const { from, to, value } of spans(states, axis.to, (state) => stateOf(state, service, name))) {
      const width = axis.x(to) - axis.x(from);
      parts.push(rect(axis.x(from), y + ANSWERS + 1, width, STATE, STATE_COLOURS[value] ?? '#ffffff', value));
      if (width > value.length * 6)
        parts.push(text(axis.x(from) + 3, y + ANSWERS + STATE - 2, value, { size: 10 }));
    }
    y += ANSWERS + STATE + GAP;
  }
  return { title: 'Answers per 100 ms by server, and its state', height: y - GAP, svg: parts.join('') };
}

/** Of a pair those of its last node, which is the one that is left alone when something happens to the first. */
function statesOf({ states, pair }: Recording): StateSample[] {
  return states.filter(({ node }) => pair === undefined || node === pair.nodes.at(-1));
}

const MOST_CONDITIONS = 10;
const ROW = 20;
/** What fits between the margins. */
const LONGEST_CONDITION = 150;

/** What the product said was wrong, and when it said so. Numbers in sentences change; one sentence is one row. */
export function conditionsPanel({ states }: Recording, axis: TimeAxis): Panel {
  const found = new Map<string, string>();
  for (const { conditions } of states)
    for (const condition of conditions)
      if (!found.has(rowOf(condition))) found.set(rowOf(condition), condition);
  const rows = [...found].slice(0, MOST_CONDITIONS);
  const parts = rows.flatMap(([row, condition], index) => {
    const y = index * ROW;
    const words =
      condition.length > LONGEST_CONDITION ? `${condition.slice(0, LONGEST_CONDITION)}…` : condition;
    const seen = spans(states, axis.to, ({ conditions }) =>
      conditions.some((one) => rowOf(one) === row) ? 'said' : undefined,
    );
    return [
      ...seen.map(({ from, to }) => rect(axis.x(from), y, axis.x(to) - axis.x(from), ROW - 3, '#fbe0a8')),
      text(LEFT + 4, y + 12, words, { size: 10.5 }),
    ];
  });
  if (rows.length === 0) parts.push(text(LEFT + 4, 12, 'none', { fill: COLOURS.faint }));
  if (found.size > rows.length)
    parts.push(
      text(LEFT + 4, rows.length * ROW + 10, `and ${found.size - rows.length} more`, { fill: COLOURS.faint }),
    );
  const height = Math.max(1, rows.length) * ROW + (found.size > rows.length ? ROW : 0);
  return { title: 'Conditions in the status', height, svg: parts.join('') };
}

function rowOf(condition: string): string {
  // The number of a server is part of its name and stays.
  return condition.replaceAll(/(?<![\w-])\d+(\.\d+)?/g, '#');
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly value: string;
}

/** Runs of equal values; one lasts until the next sample. */
function spans(
  states: readonly StateSample[],
  end: number,
  valueOf: (state: StateSample) => string | undefined,
): Span[] {
  const result: { from: number; to: number; value: string }[] = [];
  for (const [index, state] of states.entries()) {
    const value = valueOf(state);
    if (value === undefined) continue;
    const to = states[index + 1]?.at ?? Math.min(end, state.at + 250);
    const last = result.at(-1);
    if (last !== undefined && last.value === value && last.to === state.at) last.to = to;
    else result.push({ from: state.at, to, value });
  }
  return result;
}

function stateOf({ servers }: StateSample, service: string | undefined, server: string): string | undefined {
  return servers.find((one) => one.service === service && one.name === server)?.state;
}
