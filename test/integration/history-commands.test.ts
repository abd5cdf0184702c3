import { afterEach, expect, test } from 'vitest';
import { localTime } from '../../src/cli/local-time.ts';
import type { RevisionAnswer } from '../../src/contract/answers.ts';
import type { Controller } from '../../src/contract/controller.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Revision } from '../../src/store/revision.ts';
import { type CommandWorld, commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';

let served: ServedController;
afterEach(() => served.end());

async function serve(script: Partial<Controller>): Promise<void> {
  served = await serveController(script);
}

const aorta = (words: readonly string[], world: Partial<CommandWorld> = {}) =>
  commandLine(words, { socket: served.socket, ...world });

function revision(number: number, over: Partial<RevisionAnswer> = {}): RevisionAnswer {
  return {
    number,
    kind: 'apply',
    state: 'committed',
    author: 'jdoe',
    at: 1_760_000_000_000,
    digest: 'd'.repeat(64),
    generation: number,
    forced: [],
    evidence: [],
    file: 'aorta.yaml',
    text: `aorta: v1\nsite: number ${number}\n`,
    files: [],
    ...over,
  };
}

const revisions: readonly Revision[] = [
  revision(9, { kind: 'revert', restores: 7 }),
  revision(8, { state: 'reverted', author: 'jane', reason: 'more servers' }),
  revision(7),
];

test('the history marks the one in service', async () => {
  await serve({ revisions: async () => ({ inService: 9, revisions }) });
  const { code, out } = await aorta(['history']);
  expect(code).toBe(0);
  expect(out).toMatch(/9 in service .*jdoe .*revert to 7 .*committed/);
  expect(out).toMatch(/ 8 .*jane .*apply .*reverted .*more servers/);
  expect(out).toContain(localTime(revisions[0]?.at ?? 0));
  expect(JSON.parse((await aorta(['history', '--json'])).out).inService).toBe(9);
});

test('the history of nothing', async () => {
  await serve({ revisions: async () => ({ revisions: [] }) });
  expect((await aorta(['history'])).out).toBe('no change was accepted yet\n');
});

test('show prints a declaration, and all about it as comments', async () => {
  const shown = revision(7, {
    reason: 'first',
    forced: ['server-unreachable: api-2 did not answer'],
    files: [{ name: 'a\nsite: b.pem', sha256: 'e'.repeat(64) }, { name: 'gone.pem' }],
    text: 'aorta: v1 # \x1b[31m\n',
  });
  await serve({
    configuration: async () => ({ revision: 7, digest: 'd', file: 'aorta.yaml', text: '' }),
    revision: async (number) => {
      if (number === 7) return shown;
      throw new Failure('unknown-revision', `there is no revision ${number}`, 'see `aorta history`');
    },
  });
  const { out } = await aorta(['show']);
  const [comments, text] = [out.split('\n').slice(0, -2), out.split('\n').slice(-2)];
  expect(comments.slice(0, -1).every((line) => line.startsWith('#'))).toBe(true);
  expect(comments[0]).toContain('revision 7: apply by jdoe');
  expect(text).toEqual(['aorta: v1 # \x1b[31m', '']);
  expect((await aorta(['show', '7'], { terminal: true })).out).not.toContain('\x1b');
  expect(JSON.parse((await aorta(['show', '7', '--json'])).out)).toEqual(shown);
  expect(await aorta(['show', '3'])).toMatchObject({ code: 2, out: '' });
});

test('diff shows the declaration, and names files by their digests', async () => {
  const digest = (letter: string) => letter.repeat(64);
  const kept = { name: 'kept.pem', sha256: digest('a') };
  const before = revision(3, {
    files: [kept, { name: 'new-key.pem', sha256: digest('b') }, { name: 'dropped.pem', sha256: digest('b') }],
  });
  const after = revision(7, {
    files: [kept, { name: 'new-key.pem', sha256: digest('c') }, { name: 'added.pem' }],
  });
  await serve({
    configuration: async () => ({ revision: 7, digest: 'd', file: 'aorta.yaml', text: '' }),
    revision: async (number) => (number === 3 ? before : after),
  });
  const { code, out } = await aorta(['diff', '3']);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    '--- aorta.yaml of revision 3',
    '+++ aorta.yaml of revision 7',
    '@@ -1,2 +1,2 @@',
    ' aorta: v1',
    '-site: number 3',
    '+site: number 7',
    'new-key.pem: differs, bbbbbbbb to cccccccc',
    'dropped.pem: only in revision 3',
    'added.pem: only in revision 7',
    '',
  ]);
  expect((await aorta(['diff', '7', '7'])).out).toBe('revisions 7 and 7 do not differ\n');
  expect(JSON.parse((await aorta(['diff', '3', '7', '--json'])).out).files).toHaveLength(3);
});
