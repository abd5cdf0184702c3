import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileKeepalived } from '../../src/compile/keepalived.ts';
import type { KeepalivedIr, VrrpInstanceIr } from '../../src/ir/keepalived.ts';
import { Bug } from '../../src/kernel/bug.ts';
import { NodeFile } from '../../src/model/node-file.ts';
import { renderKeepalived } from '../../src/render/keepalived.ts';
import { pairs } from '../golden/pairs.ts';
import { hostile } from './hostile.ts';

// Guards: no text in any field of what keepalived is told adds a line, a word or a block.

const irs = Object.values(pairs).map(({ configuration, node }): KeepalivedIr => {
  const ir = compileKeepalived(configuration, node);
  if (ir === undefined) throw new TypeError('a pair');
  return ir;
});

type Change = (ir: KeepalivedIr, text: string) => KeepalivedIr;

function withInstance(change: (instance: VrrpInstanceIr, text: string) => Partial<VrrpInstanceIr>): Change {
  return (ir, text) => ({
    ...ir,
    instances: ir.instances.map((instance) => ({ ...instance, ...change(instance, text) })),
  });
}

const places: Readonly<Record<string, Change>> = {
  'name of the node': (ir, text) => ({ ...ir, routerId: text }),
  'file of the watchdog': (ir, text) => ({ ...ir, healthFile: `/${text}` }),
  'a relative file': (ir, text) => ({ ...ir, healthFile: text }),
  'file of a group': withInstance((_instance, text) => ({ groupFile: `/${text}` })),
  'tracked process': (ir, text) => ({ ...ir, trackedProcess: text }),
  gateway: (ir, text) => ({ ...ir, gateway: text }),
  'name of a group': withInstance((_instance, text) => ({ name: text })),
  interface: withInstance((_instance, text) => ({ interface: text })),
  'interface to the servers': withInstance((_instance, text) => ({ serverInterface: text })),
  'own address': withInstance((_instance, text) => ({ source: text })),
  'address of another node': withInstance(({ peers }, text) => ({ peers: peers.map(() => text) })),
  'anchor address': withInstance((_instance, text) => ({ anchor: text })),
  'further address': withInstance((_instance, text) => ({ excluded: [text] })),
};

/** The words of each line, as keepalived counts them: quotes join them. */
function shape(text: string): number[] {
  return text.split('\n').map((line) => line.match(/"[^"]*"|\S+/g)?.length ?? 0);
}

function innocentText(place: string): string {
  if (/address|gateway/.test(place)) return '192.0.2.1';
  return place.includes('relative') ? '/abc' : 'abc';
}

describe('a hostile text', () => {
  test('has every field of text for a place', () => {
    const [ir] = irs;
    const texts = [ir, ...(ir?.instances ?? [])].flatMap((thing) =>
      Object.values(thing ?? {}).filter((value) => typeof value === 'string'),
    );
    // Besides: the lists of peers and further addresses, and a path that is not absolute.
    expect(Object.keys(places)).toHaveLength(texts.length + 3);
  });

  test.each(Object.entries(places))('as %s adds nothing, or is refused as a bug', (place, change) => {
    fc.assert(
      fc.property(fc.constantFrom(...irs), hostile, (ir, text) => {
        const innocent = renderKeepalived(change(ir, innocentText(place)));
        let written: string;
        try {
          written = renderKeepalived(change(ir, text));
        } catch (error) {
          expect(error).toBeInstanceOf(Bug);
          expect(String(error)).not.toContain(text.length > 3 ? text : 'nothing');
          return;
        }
        expect(shape(written)).toEqual(shape(innocent));
        expect(written.match(/[{}"]/g)).toEqual(innocent.match(/[{}"]/g));
      }),
      { numRuns: 300 },
    );
  });

  test('a word that would be taken is written', () => {
    for (const [place, change] of Object.entries(places)) {
      const text = innocentText(place);
      for (const ir of irs) expect(renderKeepalived(change(ir, text))).toContain(text);
    }
  });
});

test('whatever the node file takes for an interface is written as it is', () => {
  const [ir] = irs;
  if (ir === undefined) throw new TypeError('there is one');
  fc.assert(
    fc.property(fc.oneof(fc.stringMatching(/^[!-~]{1,16}$/), hostile), (text) => {
      const read = NodeFile.safeParse({ node: 'lb-a', interface: text });
      if (!read.success) return;
      const instances = ir.instances.map((instance) => ({ ...instance, interface: text }));
      expect(renderKeepalived({ ...ir, instances })).toContain(`    interface ${text}\n`);
    }),
    { numRuns: 2_000 },
  );
});

test('blocks are balanced, whatever the pair', () => {
  for (const ir of irs) {
    let depth = 0;
    for (const line of renderKeepalived(ir).split('\n')) {
      if (line.endsWith('}')) depth -= 1;
      expect(line.length - line.trimStart().length).toBe(line === '' ? 0 : depth * 4);
      if (line.endsWith('{')) depth += 1;
    }
    expect(depth).toBe(0);
  }
});
