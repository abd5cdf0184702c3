import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explain } from '../../src/cli/commands/explain.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { formatFindings } from '../../src/cli/findings.ts';
import { load } from '../../src/cli/load.ts';
import { formatPath } from '../../src/kernel/path.ts';
import { makeCertificateFiles } from '../harness/certificate-files.ts';

// Guards: what an operator writes means the same tomorrow. UPDATE_GOLDEN=1 writes the files anew, for review.

const update = process.env['UPDATE_GOLDEN'] === '1';
const root = join(import.meta.dirname, 'declaration');
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'aorta-golden-'));
  makeCertificateFiles(directory);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(readdirSync(root).sort())('%s', (name) => {
  test('means what it meant', async () => {
    const golden = join(root, name);
    const file = join(directory, 'aorta.yaml');
    copyFileSync(join(golden, 'aorta.yaml'), file);
    const { configuration, diagnostics } = await load(file, Date.now());
    const made = new Map([
      [
        'findings.txt',
        formatFindings(
          diagnostics,
          context(() => {}),
        ),
      ],
      ['explain.txt', await explained(file)],
    ]);
    if (configuration !== undefined) {
      made.set('configuration.json', `${JSON.stringify(configuration, masked, 2)}\n`);
    }
    for (const text of made.values()) expect(text).not.toContain('PRIVATE KEY');
    const files = ['configuration.json', 'findings.txt', 'explain.txt'];
    if (update) {
      for (const one of files) {
        const text = made.get(one);
        if (text === undefined) rmSync(join(golden, one), { force: true });
        else writeFileSync(join(golden, one), text);
      }
    }
    const there = files.filter((one) => existsSync(join(golden, one)));
    const expected = new Map(there.map((one) => [one, readFileSync(join(golden, one), 'utf8')]));
    for (const one of files) expect(made.get(one)).toBe(expected.get(one));
  });
});

test('every certificate and key of the goldens is made by the test', () => {
  for (const name of readdirSync(root)) {
    expect(readdirSync(join(root, name)).filter((file) => !/\.(yaml|json|txt)$/.test(file))).toEqual([]);
  }
});

async function explained(file: string): Promise<string> {
  let text = '';
  await explain(
    file,
    undefined,
    { json: false },
    context((part) => {
      text += part;
    }),
  );
  return text;
}

function context(write: (text: string) => void): CliContext {
  const unused = () => {
    throw new Error('explaining starts nothing');
  };
  return {
    write,
    warn: () => {},
    interactive: false,
    user: 'tester',
    colors: picocolors.createColors(false),
    now: () => Date.now(),
    onInterrupt: () => new AbortController().signal,
    ask: () => Promise.reject(new Error('nothing is asked')),
    machine: {
      size: () => Promise.resolve({ cores: 4, memory: 8 * 1024 ** 3 }),
      checkRendering: unused,
      writeRendering: unused,
      runCommand: () => Promise.reject(new Error('nothing is run')),
      controlSocket: unused,
      runController: unused,
    },
  };
}

/** Certificates are made anew for each run: what differs is masked. Paths are written as operators read them. */
function masked(key: string, value: unknown): unknown {
  if (key === 'path' && Array.isArray(value)) return formatPath(value as (string | number)[]);
  if (['serialNumber', 'notBefore', 'notAfter', 'fingerprint'].includes(key)) return `[${key}]`;
  if (typeof value === 'string' && value.startsWith('-----BEGIN CERTIFICATE-----')) return '[certificate]';
  return value;
}
