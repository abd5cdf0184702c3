import { holdersAt } from '../holders.ts';
import type { Pair } from '../recording.ts';
import { COLOURS, LEFT, legend, line, type Panel, rect, type TimeAxis, text, WIDTH } from './canvas.ts';

const LANE = 18;
const GAP = 6;
const HELD = '#3f74a8';
const SHARED = COLOURS.fault;

/** A lane for each node: when it held every virtual address, and when both did. */
export function pairPanel(pair: Pair, axis: TimeAxis): Panel {
  const changes = [axis.from, ...pair.holdings.map(({ at }) => at).filter((at) => at > axis.from), axis.to];
  const parts = [
    legend([
      ['holds them', HELD],
      ['so does the other', SHARED],
    ]),
  ];
  for (const [index, node] of pair.nodes.entries()) {
    const y = index * (LANE + GAP);
    parts.push(text(LEFT - 8, y + LANE - 5, node, { anchor: 'end', bold: true }));
    parts.push(line(LEFT, y + LANE, WIDTH, y + LANE, COLOURS.grid));
  }
  for (const [index, from] of changes.entries()) {
    const to = changes[index + 1];
    if (to === undefined || to <= from) continue;
    const holders = holdersAt(pair, from);
    for (const node of holders) {
      const y = pair.nodes.indexOf(node) * (LANE + GAP);
      parts.push(
        rect(axis.x(from), y, axis.x(to) - axis.x(from), LANE, holders.length > 1 ? SHARED : HELD, node),
      );
    }
  }
  const height = pair.nodes.length * (LANE + GAP) - GAP;
  return { title: 'Who holds the virtual addresses', height, svg: parts.join('') };
}
