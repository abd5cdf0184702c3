// oxlint-disable-next-line eslint/no-restricted-imports -- the watch below must replace every function of the module, shells included
import childProcess from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../src/cli/commands/check.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { load } from '../../src/cli/load.ts';
import { type Code, codes } from '../../src/kernel/codes.ts';
import { type Diagnostic, formatDiagnostic } from '../../src/kernel/diagnostic.ts';
import { makeCertificateFiles, passwords } from '../harness/certificate-files.ts';
import { type Case, readCases } from './cases.ts';

// Guards: every mistake in a declaration is found, at the right line, with a way to mend it, and starts nothing.

const here = import.meta.dirname;
const bases = new Map(
  ['spelled', 'blueprint', 'pair', 'announce'].map((name) => [
    name,
    readFileSync(join(here, `${name}.yaml`), 'utf8'),
  ]),
);
const files = readdirSync(here)
  .filter((name) => name.endsWith('.cases'))
  .sort();
const topics = new Map(files.map((name) => [name, readCases(readFileSync(join(here, name), 'utf8'), bases)]));
let directory = '';
let started: string[] = [];
let restore = () => {};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'aorta-bad-'));
  makeCertificateFiles(directory);
  restore = watchForStarts((what) => started.push(what));
});

afterAll(() => {
  restore();
  rmSync(directory, { recursive: true, force: true });
});

async function read(text: string) {
  const file = join(directory, 'aorta.yaml');
  writeFileSync(file, text);
  return load(file, Date.now());
}

function errorsOf(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}

describe.each([...bases])('the good declaration %s', (_name, text) => {
  test('is good', async () => {
    const { configuration, diagnostics } = await read(text);
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(configuration).toBeDefined();
  });
});

describe.each([...topics])('%s', (_file, cases) => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const { diagnostics, configuration } = await read(one.text);
    const errors = errorsOf(diagnostics);
    expect(errors.map(placeAndCode)).toEqual(one.expected.map(expectation));
    for (const [index, { words }] of one.expected.entries()) {
      const found = errors[index];
      expect(found === undefined ? '' : formatDiagnostic(found)).toContain(words);
    }
    expect(configuration).toBeUndefined();
    for (const diagnostic of diagnostics) expectDecent(diagnostic, one);
    expect(started).toEqual([]);
  });
});

test('the command says so with exit code 2, in words and as JSON, and writes no file', async () => {
  const before = readdirSync(directory);
  for (const one of [...topics.values()].flat().filter((_one, index) => index % 20 === 0)) {
    const file = join(directory, 'aorta.yaml');
    writeFileSync(file, one.text);
    const words = await run((context) => check(file, { json: false }, context));
    expect(words.exitCode).toBe(2);
    expect(words.output).toContain('aorta.yaml: refused, ');
    const json = await run((context) => check(file, { json: true }, context));
    expect(json.exitCode).toBe(2);
    const { valid, findings } = JSON.parse(json.output) as { valid: boolean; findings: { code: string }[] };
    expect(valid).toBe(false);
    expect(findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(one.expected.map(({ code }) => code)),
    );
  }
  expect(readdirSync(directory)).toEqual(before);
  expect(started).toEqual([]);
});

test('a file that may not be read is refused as such', async () => {
  const file = join(directory, 'certs', 'locked.pem');
  writeFileSync(file, 'x', { mode: 0o000 });
  const text = bases.get('spelled')?.replace('certs/live.pem', file) ?? '';
  // The superuser may read everything, so the test must not be it for a moment.
  const superuser = process.geteuid?.() === 0;
  writeFileSync(join(directory, 'aorta.yaml'), text, { mode: 0o644 });
  if (superuser) process.seteuid?.(65_534);
  try {
    const need = [{ file, path: [], secret: true }];
    const { readFiles } = await import('../../src/store/declaration-files.ts');
    expect((await readFiles(need, '/')).get(file)).toEqual({
      kind: 'unreadable',
      reason: 'permission denied',
    });
  } finally {
    if (superuser) process.seteuid?.(0);
    rmSync(file);
  }
});

test('a process that is started would be seen', async () => {
  const { spawnSync } = await import('node:child_process');
  expect(() => spawnSync('true')).toThrow('spawnSync was called');
  expect(started).toEqual(['spawnSync']);
  started = [];
});

test('there are at least 200 cases, with different names', () => {
  const names = [...topics].flatMap(([file, cases]) => cases.map(({ name }) => `${file}: ${name}`));
  expect(names.length).toBeGreaterThanOrEqual(200);
  expect(new Set(names).size).toBe(names.length);
});

test('every code of an error that a declaration can earn has a case', () => {
  const seen = new Set(
    [...topics.values()].flat().flatMap(({ expected }) => expected.map(({ code }) => code)),
  );
  const missing = (Object.keys(codes) as Code[]).filter((code) => !seen.has(code) && !notErrors.has(code));
  expect(missing).toEqual([]);
  expect([...notErrors].filter((code) => seen.has(code))).toEqual([]);
});

/** Codes of warnings and advice, and codes of what happens after a declaration was accepted. */
const notErrors: ReadonlySet<Code> = new Set<Code>([
  'no-service',
  'not-watched',
  'unused-entry',
  'groups-on-one-node',
  'single-server',
  'check-too-shallow',
  'checks-costly',
  'connections-costly',
  'plain-to-servers',
  'verification-off',
  'file-insecure',
  'certificate-expires-soon',
  'certificate-chain-foreign',
  'certificate-costly-key',
  'authority-not-ca',
  'authority-bundle-costly',
  'controller-bug',
  'check-failed',
  'haproxy-missing',
  'address-taken',
  'address-not-local',
  'address-not-permitted',
  'descriptor-limit',
  'reload-failed',
  'verify-failed',
  'start-failed',
  'not-running',
  'already-running',
  'state-unusable',
  'foreign-instance',
  'operate-failed',
  'server-unreachable',
  'pool-unreachable',
  'memory-limit',
  'service-worse',
  'not-confirmed',
  'change-interrupted',
  'certificate-older',
  'revision-changed',
  'unknown-revision',
  'nothing-to-confirm',
  'nothing-to-roll-back',
  'change-pending',
  'unknown-target',
  'wider-intent',
  'unknown-certificate',
  'last-server',
  'bad-request',
  'node-file-missing',
  'node-unknown',
  'store-unreachable',
  'store-unreadable',
  'seal-key-unusable',
  'pair-refused',
  'state-not-shared',
  'not-of-the-pair',
  'keys-exist',
  'keys-incomplete',
  'keepalived-missing',
  'keepalived-refused',
  'addresses-failed',
  'addresses-not-permitted',
  'no-pair',
  'node-unfit',
  'addresses-not-taken',
  'bird-missing',
  'bird-refused',
  'addresses-announced',
  'addresses-not-announced',
  'nftables-missing',
  'unknown-node',
  'node-unreachable',
  'node-untrusted',
  'nodes-differ',
]);

function placeAndCode({ location, code }: Diagnostic): string {
  return `${location?.line}:${location?.column} ${code}`;
}

function expectation({ line, column, code }: Case['expected'][number]): string {
  return `${line}:${column} ${code}`;
}

/** Findings are read on terminals and pasted into tickets. */
function expectDecent(diagnostic: Diagnostic, { text }: Case): void {
  const shown = formatDiagnostic(diagnostic);
  expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  expect(shown).not.toContain('PRIVATE KEY-----');
  for (const run of shown.match(/[A-Za-z0-9+/]{40,}/g) ?? []) {
    expect(run, 'looks like a line of a key').not.toMatch(/(?=.*[a-z])(?=.*[A-Z])(?=.*\d)/);
  }
  for (const password of [...Object.values(passwords), 'correct-horse-battery'])
    expect(shown).not.toContain(password);
  expect(shown).not.toMatch(/undefined|\[object|NaN/);
  expect(shown.length).toBeLessThan(700);
  expect(diagnostic.what).not.toBe('');
  expect(diagnostic.mend).not.toBe('');
  for (const part of [diagnostic.what, diagnostic.why ?? 'x', diagnostic.mend])
    expect(part).not.toMatch(/\.$/);
  expect(codes).toHaveProperty([diagnostic.code]);
  const lines = text.split('\n');
  const line = lines[(diagnostic.location?.line ?? 0) - 1];
  expect(diagnostic.location?.file).toBe('aorta.yaml');
  expect(line).toBeDefined();
  expect(diagnostic.location?.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
}

async function run(command: (context: CliContext) => Promise<number>) {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const exitCode = await command({
    write,
    warn: write,
    interactive: false,
    user: 'tester',
    colors: picocolors.createColors(false),
    now: () => Date.now(),
    onInterrupt: () => new AbortController().signal,
    ask: () => Promise.reject(new Error('nothing is asked')),
    machine: {
      size: refuseToStart,
      checkRendering: refuseToStart,
      writeRendering: refuseToStart,
      runController: refuseToStart,
      runCommand: () => Promise.reject(new Error('nothing is run')),
      controlSocket: () => {
        throw new Error('a declaration that is refused is not sent');
      },
    },
  });
  return { exitCode, output };
}

function refuseToStart(): Promise<never> {
  return Promise.reject(new Error('a declaration that is refused is neither rendered nor run'));
}

/** Reports every process and every socket that the code under test would open. */
function watchForStarts(report: (what: string) => void): () => void {
  const original = { ...childProcess };
  const names = ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const;
  for (const name of names) {
    Object.assign(childProcess, {
      [name]: () => {
        report(name);
        throw new Error(`${name} was called`);
      },
    });
  }
  const listen = Object.getOwnPropertyDescriptor(net.Server.prototype, 'listen');
  const connect = Object.getOwnPropertyDescriptor(net.Socket.prototype, 'connect');
  net.Server.prototype.listen = () => {
    report('listen');
    throw new Error('listen was called');
  };
  net.Socket.prototype.connect = () => {
    report('connect');
    throw new Error('connect was called');
  };
  syncBuiltinESMExports();
  return () => {
    Object.assign(childProcess, original);
    if (listen !== undefined) Object.defineProperty(net.Server.prototype, 'listen', listen);
    if (connect !== undefined) Object.defineProperty(net.Socket.prototype, 'connect', connect);
    syncBuiltinESMExports();
  };
}
