import { expect, test } from 'vitest';
import type { AddressMove } from '../../model/address-move.ts';
import type { Name } from '../../model/name.ts';
import { AddressWatch, type Circumstances } from './address-watch.ts';

// Guards that what is remembered of a move is what was seen of it, with the cause only where there is one.

const anchor = '10.20.0.10';
const groups = [{ name: 'main', interface: 'front', anchor }];
const always = Number.POSITIVE_INFINITY;

/** @param held at each look, 50 ms one after the other; `down`: the interface has no link */
function seen(
  held: readonly (boolean | 'down')[],
  circumstances: Circumstances = {},
  recorded: readonly AddressMove[] = [],
): readonly AddressMove[] {
  const watch = new AddressWatch(recorded);
  for (const [index, one] of held.entries()) {
    const addresses = new Set(one === true ? ['10.20.0.2', anchor] : ['10.20.0.2']);
    const addressesOn = (device: string) => (device !== 'front' || one === 'down' ? undefined : addresses);
    watch.look({ at: 1_000 + 50 * index, groups, addressesOn });
  }
  return watch.tell(circumstances, always);
}

const main = 'main' as Name;
const fault = { kind: 'unfit', how: 'hung', answered: 900, noticed: 1_040 } as const;

test('what comes and what leaves is told once, with the looks before and after it', () => {
  expect(seen([false, true, true, false])).toEqual([
    { group: main, kind: 'came', at: 1_050, before: 1_000 },
    { group: main, kind: 'left', at: 1_150, before: 1_100 },
  ]);
  expect(seen([false, false])).toEqual([]);
});

test('a cause: HAProxy, the link, somebody who moves them, and the end of Aorta', () => {
  const note = { kind: 'give', at: 1_040, author: 'jdoe', reason: 'new kernel' } as const;
  const causeOf = (held: readonly (boolean | 'down')[], circumstances: Circumstances) =>
    seen(held, circumstances).at(-1)?.cause;
  const leaves = [true, false];
  expect(causeOf(leaves, { fault })).toEqual(fault);
  expect(causeOf(leaves, { fault, note })).toEqual(fault);
  expect(causeOf(leaves, { note })).toEqual({ kind: 'handover', author: 'jdoe', reason: 'new kernel' });
  expect(causeOf(leaves, { note: { kind: 'end', at: 1_040 } })).toEqual({ kind: 'ended' });
  expect(causeOf([true, 'down'], { fault })).toEqual({ kind: 'link', interface: 'front' });
  expect(causeOf([false, true], { note: { kind: 'take', at: 1_000 } })).toEqual({ kind: 'handover' });
});

test('none is made up: of what was announced long ago, or later, for the other direction, or for another group', () => {
  const causeOf = (note: NonNullable<Circumstances['note']>, held: readonly boolean[]) =>
    seen(held, { note }).at(-1)?.cause;
  expect(causeOf({ kind: 'give', at: 1_040 - 16_000 }, [true, false])).toBe(undefined);
  expect(causeOf({ kind: 'give', at: 1_060 }, [true, false])).toBe(undefined);
  expect(causeOf({ kind: 'take', at: 1_040 }, [true, false])).toBe(undefined);
  expect(causeOf({ kind: 'give', at: 1_000 }, [false, true])).toBe(undefined);
  expect(causeOf({ kind: 'end', at: 1_000 }, [false, true])).toBe(undefined);
  expect(causeOf({ kind: 'give', at: 1_000, groups: ['other'] }, [true, false])).toBe(undefined);
  expect(causeOf({ kind: 'give', at: 1_000, groups: ['other', main] }, [true, false])).toEqual({
    kind: 'handover',
  });
});

test('what a watchdog finds otherwise than it was recorded happened while nobody looked', () => {
  const recorded = [
    { group: main, kind: 'left', at: 1 },
    { group: main, kind: 'came', at: 2 },
  ] as const;
  expect(seen([false], { fault }, recorded)).toEqual([{ group: main, kind: 'left', at: 1_000 }]);
  expect(seen([true], { fault }, recorded)).toEqual([]);
  expect(seen([true], {}, recorded.slice(0, 1))).toEqual([{ group: main, kind: 'came', at: 1_000 }]);
});

test('a move is told when it has settled, and not twice', () => {
  const watch = new AddressWatch([]);
  const look = (at: number, held: boolean) =>
    watch.look({ at, groups, addressesOn: () => new Set(held ? [anchor] : []) });
  look(1_000, false);
  look(1_050, true);
  expect([watch.waits, watch.tell({}, 1_050)]).toEqual([true, []]);
  expect(watch.tell({ note: { kind: 'take', at: 1_000 } }, 1_051)).toHaveLength(1);
  expect([watch.waits, watch.tell({}, always)]).toEqual([false, []]);
});
