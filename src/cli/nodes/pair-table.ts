import Table from 'cli-table3';
import type { GroupStatus } from '../../model/status.ts';
import { ago } from '../ago.ts';
import type { Colors } from '../context.ts';
import { lastMoveWords } from '../move-words.ts';
import { type Aspect, isGrave, isOff, type PairRow, type PairView, skewWords } from './pair-view.ts';

/** Enough of a digest to tell two apart. */
const digestLength = 12;

/** The nodes side by side, what differs in red, then the last moves, and what is not as it should be in sentences. @param at now */
export function pairTable({ rows, moves, findings }: PairView, colors: Colors, at: number): string {
  const table = new Table({
    head: [
      'node',
      'addresses',
      'Aorta',
      'HAProxy',
      'revision',
      'declaration',
      'certificates',
      'ticket key',
      'clock',
    ].map((title) => colors.bold(title)),
    style: { head: [], border: [], compact: true },
  });
  const differs = new Set(findings.map(({ kind }) => kind));
  const cell = (row: PairRow, aspect: Aspect) => {
    const text = textOf(row, aspect);
    return differs.has(aspect) ? colors.red(text) : text;
  };
  for (const row of rows) {
    const { node, revision, skew, silent } = row;
    table.push(
      silent === undefined
        ? [
            colors.bold(node),
            differs.has('holders') ? colors.red(holdingsOf(row)) : holdingsOf(row),
            cell(row, 'aorta'),
            cell(row, 'haproxy'),
            revision === undefined ? '' : String(revision),
            cell(row, 'declaration'),
            cell(row, 'certificates'),
            cell(row, 'tickets'),
            isOff(skew) ? colors.red(skewWords(skew)) : '',
          ]
        : [colors.bold(node), { colSpan: 8, content: colors.red('no status, see below') }],
    );
  }
  const sentences = findings.map((finding) => {
    const paint = isGrave(finding) ? colors.red : colors.yellow;
    return `${paint(finding.what)}\n`;
  });
  const past = moves.map((move) => `${lastMoveWords(move, at)}\n`);
  return `${table.toString()}\n${past.join('')}${sentences.join('')}`;
}

/** `holds main`, `stands by for lab`; a line for each group. `announced` where none moves. */
function holdingsOf({ groups = [], announcement }: PairRow): string {
  if (announcement !== undefined) return announcement.state;
  return groups.map(holdingOf).join('\n');
}

function holdingOf({ name, state, addresses, away }: GroupStatus): string {
  const held = addresses.filter((one) => one.held).length;
  if (held === addresses.length) return `holds ${name}`;
  if (held > 0) return `holds ${held} of ${addresses.length} of ${name}`;
  if (state === 'backup' && away !== undefined) return `leaves ${name} to the others`;
  return state === 'backup' ? `stands by for ${name}` : `cannot hold ${name} (${state})`;
}

function textOf({ has, ticketAge }: PairRow, aspect: Aspect): string {
  const value = has[aspect];
  switch (aspect) {
    case 'declaration':
    case 'certificates':
      return value?.slice(0, digestLength) ?? '';
    case 'tickets':
      return ticketAge === undefined ? '' : ago(ticketAge);
    case 'aorta':
      return value ?? '';
    case 'haproxy':
      return value ?? 'does not run';
  }
}
