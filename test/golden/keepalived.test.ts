import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { compileKeepalived } from '../../src/compile/keepalived.ts';
import { compileNode } from '../../src/compile/node.ts';
import { textOf } from '../../src/ir/rendering.ts';
import { render } from '../../src/render/render.ts';
import { checkRendering } from '../harness/haproxy.ts';
import { checkKeepalived } from '../harness/keepalived.ts';
import { expectAgreed, update } from './agreed.ts';
import { pairs } from './pairs.ts';

// Guards: what keepalived is told on each node of a pair. UPDATE_GOLDEN=1 writes the files anew, for review.

const root = join(import.meta.dirname, 'keepalived');
if (update) rmSync(root, { recursive: true, force: true });

describe.each(Object.entries(pairs))('%s', (title, { configuration, node }) => {
  const ir = compile(configuration, node);
  const keepalived = compileKeepalived(configuration, node);
  const rendering = render(ir, compileNode(configuration, node));
  const written = textOf(rendering, 'keepalived.conf');
  const interfaces = [node.node.interface, node.node.serverInterface].filter((one) => one !== undefined);

  test('reads as agreed', () => {
    const expected = {
      'ir.json': `${JSON.stringify(keepalived, undefined, 2)}\n`,
      'keepalived.conf': written,
    };
    expectAgreed(join(root, title), new Map(Object.entries(expected)));
  });

  test('is taken by keepalived without a word', async () => {
    expect(await checkKeepalived(written, interfaces)).toEqual({ ok: true, output: '' });
  });

  test('a keyword that keepalived does not know would be seen', async () => {
    const { ok, output } = await checkKeepalived(
      written.replace('advert_int', 'advert_internal'),
      interfaces,
    );
    expect(output).toContain("Unknown keyword 'advert_internal'");
    expect(ok).toBe(false);
  });

  test('leaves haproxy.cfg as it is, but for the digest, which is about both files', async () => {
    const alone = render(ir);
    const withoutDigest = (text: string, digest: string) => text.replaceAll(digest, 'digest');
    expect(rendering.digest).not.toBe(alone.digest);
    expect(withoutDigest(textOf(rendering, 'haproxy.cfg'), rendering.digest)).toBe(
      withoutDigest(textOf(alone, 'haproxy.cfg'), alone.digest),
    );
    expect(rendering.sourceMap).toEqual(alone.sourceMap);
    expect(await checkRendering(rendering)).toMatchObject({ ok: true });
  });
});

describe('the nodes of a pair', () => {
  const irOf = (title: string) => {
    const one = pairs[title];
    const ir = one === undefined ? undefined : compileKeepalived(one.configuration, one.node);
    if (ir === undefined) throw new TypeError(title);
    return ir;
  };

  // Lists that differ were a permanent split brain in keepalived 2.2: both nodes held the addresses.
  test.each([
    ['fast.lb-a', 'fast.lb-b'],
    ['several-groups.lb-a', 'several-groups.lb-b', 'several-groups.lb-c'],
  ])('say the same of the addresses, and have different priorities: %s', (...titles) => {
    const irs = titles.map(irOf);
    const shared = irs.map(({ instances }) =>
      instances.map(({ name, virtualRouterId, anchor, excluded }) => ({
        name,
        virtualRouterId,
        anchor,
        excluded,
      })),
    );
    for (const one of shared) expect(one).toEqual(shared[0]);
    for (const index of shared[0]?.keys() ?? []) {
      const priorities = irs.map(({ instances }) => instances[index]?.priority);
      expect(new Set(priorities).size).toBe(titles.length);
    }
  });

  test('write to every other node, and not to themselves', () => {
    const [instance] = irOf('several-groups.lb-b').instances;
    expect(instance).toMatchObject({ source: '10.20.0.3', peers: ['10.20.0.2', '10.20.0.4'] });
  });

  test('take addresses back only where they are preferred', () => {
    const preempting = (title: string) =>
      irOf(title).instances.flatMap((one) => (one.preempt ? one.name : []));
    expect(preempting('several-groups.lb-a')).toEqual([]);
    expect(preempting('several-groups.lb-b')).toEqual(['apis']);
    expect(preempting('several-groups.lb-c')).toEqual(['apps']);
  });
});

test('a machine alone, or one that is no node, has no keepalived.conf', () => {
  const one = pairs['fast.lb-a'];
  if (one === undefined) throw new TypeError('fast.lb-a');
  const { ha: _ha, ...alone } = one.configuration;
  expect(compileKeepalived(alone, one.node)).toBeUndefined();
  expect(compileKeepalived(one.configuration, { runtime: one.node.runtime })).toBeUndefined();
  expect(render(compile(alone, one.node)).files.map(({ path }) => path)).toEqual(['haproxy.cfg']);
});
