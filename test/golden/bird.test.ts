import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { compileNode } from '../../src/compile/node.ts';
import { textOf } from '../../src/ir/rendering.ts';
import { render } from '../../src/render/render.ts';
import { checkBird } from '../harness/bird.ts';
import { checkRendering } from '../harness/haproxy.ts';
import { expectAgreed, update } from './agreed.ts';
import { announcements } from './announcements.ts';

// Guards: what BIRD is told on a node that announces addresses. UPDATE_GOLDEN=1 writes the files anew, for review.

const root = join(import.meta.dirname, 'bird');
if (update) rmSync(root, { recursive: true, force: true });

describe.each(Object.entries(announcements))('%s', (title, { configuration, node }) => {
  const ir = compile(configuration, node);
  const { bird, keepalived } = compileNode(configuration, node);
  const rendering = render(ir, { ...(bird === undefined ? {} : { bird }) });
  const written = textOf(rendering, 'bird.conf');

  test('reads as agreed', () => {
    expect(keepalived).toBeUndefined();
    const expected = { 'ir.json': `${JSON.stringify(bird, undefined, 2)}\n`, 'bird.conf': written };
    expectAgreed(join(root, title), new Map(Object.entries(expected)));
  });

  test('is taken by BIRD without a word', async () => {
    expect(await checkBird(written)).toEqual({ code: 0, output: '' });
  });

  test('a keyword that BIRD does not know would be seen', async () => {
    const { code, output } = await checkBird(written.replace('neighbor', 'neighbour'));
    expect(output).toContain('syntax error');
    expect(code).not.toBe(0);
  });

  test('leaves haproxy.cfg as it is, but for the digest', async () => {
    const alone = render(ir);
    expect(rendering.digest).not.toBe(alone.digest);
    expect(textOf(rendering, 'haproxy.cfg').replaceAll(rendering.digest, '')).toBe(
      textOf(alone, 'haproxy.cfg').replaceAll(alone.digest, ''),
    );
    expect(await checkRendering(rendering)).toMatchObject({ ok: true });
  });
});

test('nodes that announce the same have router ids of their own', () => {
  const ids = ['ipv6.lb-a', 'ipv6.lb-b', 'two-routers.lb-a', 'two-routers.lb-b'].map((title) => {
    const one = announcements[title];
    return one === undefined ? undefined : compileNode(one.configuration, one.node).bird?.routerId;
  });
  expect(new Set(ids).size).toBe(4);
  expect(ids).not.toContain(undefined);
});

test('a machine that is no node has no bird.conf', () => {
  const one = announcements['two-routers.lb-a'];
  if (one === undefined) throw new TypeError('two-routers.lb-a');
  expect(compileNode(one.configuration, { runtime: one.node.runtime })).toEqual({});
});
