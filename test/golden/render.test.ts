import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type HaproxyBinary, haproxyBinaries } from '../../scripts/haproxy3.ts';
import { compile } from '../../src/compile/compile.ts';
import type { RenderedFile } from '../../src/ir/rendering.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeIn } from '../../src/model/node-fixture.ts';
import { render } from '../../src/render/render.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { checkRendering, withDirectory } from '../harness/haproxy.ts';
import { expectAgreed } from './agreed.ts';
import { cases, fixedMaterials } from './configurations.ts';
import { fixedSharing, sharedCases } from './shared.ts';

const root = join(import.meta.dirname, 'render');

const node: NodeFacts = {
  runtime: runtimeIn('/run/aorta'),
};

let authority: TestAuthority;
let certificate: TestCertificate;
let binaries: readonly HaproxyBinary[];
beforeAll(async () => {
  binaries = await haproxyBinaries();
  expect(binaries.map(({ release }) => release)).toEqual(expect.arrayContaining(['bookworm', 'trixie']));
  authority = await makeAuthority();
  certificate = await authority.issue(['*.stelsewhere.example']);
});

const alone = Object.entries(cases).map(([title, build]) => [title, { build, facts: () => ({}) }] as const);

describe.each([...alone, ...Object.entries(sharedCases)])('%s', (title, { build, facts }) => {
  const fixed = facts(fixedSharing(fixedMaterials), '/dev/shm/aorta-0-0123456789abcdef-tickets/keys');
  const ir = compile(build(fixedMaterials), { ...node, ...fixed });
  const rendering = render(ir);

  test('reads as agreed', () => {
    const expected = new Map<string, string>([['ir.json', `${JSON.stringify(ir, undefined, 2)}\n`]]);
    for (const file of rendering.files) expected.set(file.path, shown(file));
    expectAgreed(join(root, title), expected);
  });

  test('is taken by each supported HAProxy with real certificates', async () => {
    const real = build({ certificate: () => certificate.material, authority: () => authority.material });
    await withDirectory(async (directory) => {
      const [ca = ''] = authority.material.certificates;
      const keys = join(directory, 'keys');
      writeFileSync(keys, `${Buffer.alloc(80).toString('base64')}\n`.repeat(3));
      const sharing = { authority: ca, certificate: certificate.certificate, key: certificate.material.key };
      const rendered = render(compile(real, { ...node, ...facts(sharing, keys) }));
      for (const { path, version } of binaries) {
        const { ok, output } = await checkRendering(rendered, path);
        expect(output, version).not.toMatch(/ALERT|deprecated/);
        expect(ok, `${version}: ${output}`).toBe(true);
      }
    });
  });

  test('has a source map entry for each line', () => {
    const text = rendering.files.find(({ path }) => path === 'haproxy.cfg')?.content;
    expect(rendering.sourceMap).toHaveLength(String(text).split('\n').length - 1);
  });
});

function shown({ content }: RenderedFile): string {
  return typeof content === 'string' ? content : `${String(content)}\n`;
}
