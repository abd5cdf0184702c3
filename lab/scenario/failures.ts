import { judged } from './measure.ts';
import type { Recording, Sample } from './recording.ts';
import { inWords } from './units.ts';

const MOST_LINES = 40;

/** What failed and when, each with what last happened before it ended: a line each, for a person. */
export function failureLines(recording: Recording): string[] {
  const failed = judged(recording).filter(({ outcome }) => outcome === 'failed');
  const events = eventsOf(recording);
  const lines = failed.slice(0, MOST_LINES).map((one) => {
    const last = events.findLast(({ at }) => at <= one.end);
    const since = last === undefined ? '' : `; ${inWords(one.end - last.at)} after ${last.what}`;
    return `  ${lineOf(one)}${since}`;
  });
  const more = failed.length - lines.length;
  return more === 0 ? lines : [...lines, `  and ${more} more`];
}

function lineOf({ kind, what = 'failed', due, sent, end }: Sample): string {
  const late = sent - due > 1 ? `, sent ${inWords(sent - due)} late` : '';
  return `${(end / 1000).toFixed(3)} s: ${kind} ${what} after ${inWords(end - sent)}${late}`;
}

/** Actions and moves of the address that clients use, in the order in which they happened. */
function eventsOf({ marks, pair }: Recording): { readonly at: number; readonly what: string }[] {
  const moves = pair?.holdings.filter(({ at, address }) => at >= 0 && address === pair.addresses[0]) ?? [];
  return [
    ...marks.map(({ at, text }) => ({ at, what: `“${text}”` })),
    ...moves.map(({ at, node, holds }) => ({
      at,
      what: `the address ${holds ? 'came to' : 'left'} ${node}`,
    })),
  ].sort((a, b) => a.at - b.at);
}
