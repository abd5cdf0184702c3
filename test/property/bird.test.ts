import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileBird } from '../../src/compile/bird.ts';
import type { BgpSessionIr, BirdIr } from '../../src/ir/bird.ts';
import { Bug } from '../../src/kernel/bug.ts';
import { renderBird } from '../../src/render/bird.ts';
import { announcements } from '../golden/announcements.ts';
import { hostile } from './hostile.ts';

// Guards: no text in any field of what BIRD is told adds a line, a statement or a block.

const irs = Object.values(announcements).map(({ configuration, node }): BirdIr => {
  const ir = compileBird(configuration, node);
  if (ir === undefined) throw new TypeError('an announcement');
  return ir;
});

type Change = (ir: BirdIr, text: string) => BirdIr;

function withSession(change: (text: string) => Partial<BgpSessionIr>): Change {
  return (ir, text) => ({ ...ir, sessions: ir.sessions.map((one) => ({ ...one, ...change(text) })) });
}

const places: Readonly<Record<string, Change>> = {
  'address as router id': (ir, text) => ({ ...ir, routerId: text }),
  'address of IPv4': (ir, text) => ({ ...ir, ipv4: [text] }),
  'address of IPv6': (ir, text) => ({ ...ir, ipv6: [text] }),
  interface: (ir, text) => ({ ...ir, bfdInterval: 200, interface: text }),
  'file of the watchdog': (ir, text) => ({ ...ir, ipv4: ['10.0.0.1'], healthFile: `/${text}` }),
  'file of the withdrawal': (ir, text) => ({ ...ir, ipv4: ['10.0.0.1'], withdrawalFile: `/${text}` }),
  'name of a router': withSession((name) => ({ name })),
  'address of a router': withSession((router) => ({ router })),
  'own address': withSession((source) => ({ source })),
};

function innocentText(place: string): string {
  return place.includes('address') ? '192.0.2.1' : 'abc';
}

/** What BIRD counts: words, and what ends or opens something. */
function shape(text: string): unknown {
  return [text.split('\n').map((line) => line.split(/\s+/).length), text.match(/[{};"#*?[\]]/g)?.join('')];
}

describe('a hostile text', () => {
  test('has every field of text for a place', () => {
    const [ir] = irs;
    const texts = [ir, ...(ir?.sessions.slice(0, 1) ?? [])].flatMap((thing) =>
      Object.values(thing ?? {}).filter((value) => typeof value === 'string'),
    );
    // Besides: the addresses of both families.
    expect(Object.keys(places)).toHaveLength(texts.length + 2);
  });

  test.each(Object.entries(places))('as %s adds nothing, or is refused as a bug', (place, change) => {
    fc.assert(
      fc.property(fc.constantFrom(...irs), hostile, (ir, text) => {
        const innocent = renderBird(change(ir, innocentText(place)));
        let written: string;
        try {
          written = renderBird(change(ir, text));
        } catch (error) {
          expect(error).toBeInstanceOf(Bug);
          expect(String(error)).not.toContain(text.length > 3 ? text : 'nothing');
          return;
        }
        expect(shape(written)).toEqual(shape(innocent));
      }),
      { numRuns: 300 },
    );
  });

  test('a word that would be taken is written', () => {
    for (const [place, change] of Object.entries(places)) {
      const text = innocentText(place);
      for (const ir of irs) expect(renderBird(change(ir, text))).toContain(text);
    }
  });
});
