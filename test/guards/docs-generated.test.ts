import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

// Guards the reference: a page that no longer follows from the sources is worse than none.

const root = join(import.meta.dirname, '../..');
const generator = join(root, 'scripts/docs.ts');

test('the generated reference follows from the sources', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [generator, '--check'], { cwd: root });
  expect(stdout).toContain('up to date');
});

test('an unknown option is refused, not taken for a wish to write', async () => {
  await expect(promisify(execFile)(process.execPath, [generator, '--chekc'])).rejects.toMatchObject({
    code: 2,
  });
});

test('the schema for editors takes a good declaration and refuses bad ones', async () => {
  const text = await readFile(join(root, 'docs/reference/declaration.schema.json'), 'utf8');
  const schema = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
  const page = await readFile(join(root, 'docs/how-to/recommended-bridging.md'), 'utf8');
  const declaration = /```yaml aorta\n(aorta: v1\n.*?)```/s.exec(page)?.[1] ?? '';
  expect(schema.safeParse(parse(declaration))).toMatchObject({ success: true });
  for (const [written, wrong] of [
    ['aorta: v1', 'aorta: v2'],
    ['tls: bridging', 'tls: brigding'],
    ['apiServers:', 'apiservers:'],
    ['site:', 'sight:'],
  ] as const) {
    expect(declaration).toContain(written);
    const changed = parse(declaration.replace(written, wrong)) as unknown;
    expect(schema.safeParse(changed), wrong).toMatchObject({ success: false });
  }
});
