import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ControllerOptions } from '../../src/cli/context.ts';
import { clockTime } from '../../src/cli/local-time.ts';
import type { ChangeAnswer, PlanAnswer } from '../../src/contract/answers.ts';
import type { Controller } from '../../src/contract/controller.ts';
import { unifiedDiff } from '../../src/contract/unified-diff.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Step } from '../../src/plan/plan.ts';
import { type CommandWorld, commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';

let served: ServedController;
let file: string;
afterEach(() => served.end());

async function serve(script: Partial<Controller>): Promise<void> {
  served = await serveController(script);
  file = join(served.directory, 'aorta.yaml');
  await writeFile(file, 'aorta: v1\nsite: St. Elsewhere\n');
}

const aorta = (words: readonly string[], world: Partial<CommandWorld> = {}) =>
  commandLine(words, { socket: served.socket, ...world });

const applied: ChangeAnswer = {
  outcome: 'applied',
  how: 'reloaded',
  revision: 8,
  generation: { number: 12, digest: '1a2b3c4d'.padEnd(64, '0') },
  evidence: ['9 of 9 servers are up, as before'],
  findings: [],
};

function step(over: Partial<Step>): Step {
  return {
    impact: 'runtime',
    path: ['services', 'live'],
    what: 'weight of api-1 in live-apis: 100 to 50',
    why: 'HAProxy takes a weight while it runs',
    effect: 'no connection notices',
    ...over,
  };
}

describe('apply', () => {
  test('sends who, why and how it is watched', async () => {
    const requests: unknown[] = [];
    await serve({
      apply: async ({ files: _files, text: _text, ...request }, _onProgress, ifRevision) => {
        requests.push({ ...request, ifRevision });
        return applied;
      },
    });
    await aorta(['apply', file]);
    await aorta([
      ...['apply', file, '--confirm', '5m', '--guard', '0s', '--force', '--reason', 'more servers'],
      ...['--author', 'jane', '--if-revision', '7', '--json'],
    ]);
    expect(requests).toEqual([
      { file: 'aorta.yaml', author: 'jdoe', ifRevision: undefined },
      {
        file: 'aorta.yaml',
        author: 'jane',
        confirmWithin: 300_000,
        guard: 0,
        force: true,
        reason: 'more servers',
        ifRevision: 7,
      },
    ]);
  });

  test('shows its stages, then what became of it and the evidence', async () => {
    await serve({
      apply: async (_request, onProgress) => {
        onProgress({ stage: 'reload', state: 'begun' });
        onProgress({ stage: 'reload', state: 'done' });
        return applied;
      },
    });
    expect(await aorta(['apply', file])).toEqual({
      code: 0,
      err: '✓ reload HAProxy\n',
      out: 'applied: revision 8 (generation 12, 1a2b3c4d) is in service, by a reload\n  9 of 9 servers are up, as before\n',
    });
    expect(JSON.parse((await aorta(['apply', file, '--json'])).out)).toEqual(applied);
  });

  test('that waits says until when, and what to do', async () => {
    const confirmBy = 1_760_000_000_000;
    await serve({ apply: async () => ({ ...applied, outcome: 'awaiting', confirmBy, evidence: [] }) });
    const { code, out } = await aorta(['apply', file, '--state', '/var/lib/aorta']);
    expect(code).toBe(0);
    expect(out).toContain(
      `undone at ${clockTime(confirmBy)} unless you run \`aorta confirm --state /var/lib/aorta\``,
    );
  });

  test.each([
    ['unchanged', 0, 'no change'],
    ['refused', 1, 'refused by preflight; nothing in service was touched'],
    ['rolledBack', 1, 'rolled back after preflight'],
    ['invalid', 2, 'refused: 1 error; nothing was touched'],
  ] as const)('%s: exit code %d', async (outcome, code, sentence) => {
    const findings = [
      { code: 'address-taken', severity: 'error', path: [], what: 'taken', mend: 'free it' },
    ] as const;
    await serve({ apply: async () => ({ ...applied, outcome, stage: 'preflight', findings }) });
    const said = await aorta(['apply', file]);
    expect(said.code).toBe(code);
    expect(said.out).toContain(sentence);
    expect(said.err).toContain('address-taken');
  });

  test('a mistake in the declaration is found before the controller is asked', async () => {
    await serve({});
    await writeFile(file, 'aorta: v1\nsit: x\n');
    const said = await aorta(['apply', file]);
    expect(said.code).toBe(2);
    expect(said.err).toContain('unknown-key');
    await rm(file);
    expect((await aorta(['apply', file])).code).toBe(2);
  });

  test('a refusal of the controller ends the line that was being drawn', async () => {
    await serve({
      apply: async (_request, onProgress) => {
        onProgress({ stage: 'stage', state: 'begun' });
        throw new Failure('state-unusable', 'the disk is full', 'make room');
      },
    });
    const { code, err } = await aorta(['apply', file], { terminal: true });
    expect(code).toBe(1);
    expect(err).toBe('… write the generation\nerror state-unusable: the disk is full; make room\n');
  });

  test.each([
    ['--confirm', '5'],
    ['--confirm', '2d'],
    ['--guard', '2h'],
    ['--if-revision', '0'],
    ['--if-revision', '7x'],
  ])('%s %s is a mistake', async (option, value) => {
    await serve({});
    expect(await aorta(['apply', file, option, value])).toMatchObject({ code: 2, out: '' });
  });
});

describe('plan', () => {
  const answer: PlanAnswer = {
    findings: [],
    plan: {
      impact: 'reload',
      steps: [
        step({
          impact: 'reload',
          what: 'time limit of clients of live-apis: 30s to 60s',
          why: 'HAProxy reads time limits at its start',
          effect: '2 connections end on the old process, up to 5 min',
        }),
        ...Array.from({ length: 1000 }, (_, index) => step({ what: `weight of api-${index}: 100 to 50` })),
      ],
    },
    declaration: unifiedDiff(
      { name: 'revision 7', text: 'site: x\n' },
      { name: 'aorta.yaml', text: 'site: y\n# \x1b[31m\n' },
    ),
    haproxy: unifiedDiff(
      { name: 'haproxy.cfg', text: 'timeout client 30s\n' },
      { name: 'haproxy.cfg', text: 'timeout client 60s\n' },
    ),
    keepalived: unifiedDiff(
      { name: 'keepalived.conf', text: 'advert_int 0.2\n' },
      { name: 'keepalived.conf', text: 'advert_int 1\n' },
    ),
  };

  test.each([
    ['plan', []],
    ['apply', ['--dry-run']],
  ])(
    '%s shows the impact, the steps by impact, what is alike once, and the differences',
    async (command, options) => {
      await serve({ plan: async () => answer });
      const { code, out, err } = await aorta([command, file, ...options]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const lines = out.split('\n');
      expect(lines.slice(0, 8)).toEqual([
        'reload: a new worker of HAProxy takes over; connections under way end on the old one',
        '',
        'reload (1 step)',
        '  time limit of clients of live-apis: 30s to 60s (services.live)',
        '    HAProxy reads time limits at its start; 2 connections end on the old process, up to 5 min',
        '',
        'runtime (1000 steps)',
        '  weight of api-0: 100 to 50 (services.live)',
      ]);
      expect(lines).toContain('  weight of api-19: 100 to 50 (services.live)');
      expect(out).not.toContain('api-20:');
      expect(lines).toContain('  and 980 more like it');
      expect(lines).toContain('-site: x');
      expect(lines).toContain('+timeout client 60s');
      expect(lines).toContain('-advert_int 0.2');
      expect(out).not.toContain('\x1b');
      expect(out).toContain('+# \\x1b[31m');
    },
  );

  test('without differences, and for programs', async () => {
    await serve({ plan: async () => answer });
    expect((await aorta(['plan', file, '--no-diff'])).out).not.toContain('@@');
    const json = JSON.parse((await aorta(['plan', file, '--json'])).out);
    expect(json.plan.steps).toHaveLength(1001);
    expect(json.plan.steps[0].path).toBe('services.live');
    expect(json.declaration).toBe(answer.declaration);
  });

  test('no change is fine, a mistake is not', async () => {
    await serve({
      plan: async () => ({
        findings: [],
        plan: { impact: 'none', steps: [] },
        declaration: '',
        haproxy: '',
        keepalived: '',
      }),
    });
    expect(await aorta(['plan', file])).toEqual({
      code: 0,
      err: '',
      out: 'none: nothing happens: what is wanted is in service\n',
    });
    await writeFile(file, 'aorta: v1\nsit: x\n');
    const wrong = await aorta(['plan', file]);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('unknown-key');
    const json = await aorta(['plan', file, '--json']);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out)).toMatchObject({ declaration: '', haproxy: '' });
    expect(json.out).toContain('unknown-key');
  });
});

describe('rollback and confirm', () => {
  test('name the revision, who and why', async () => {
    const requests: unknown[] = [];
    const note = async (request: object) => {
      requests.push(request);
      return applied;
    };
    await serve({ rollback: note, confirm: note });
    await aorta(['rollback']);
    await aorta(['rollback', '3', '--confirm', '1m', '--reason', 'too slow']);
    expect((await aorta(['confirm'])).out).toContain('applied: revision 8');
    expect(requests).toEqual([
      { author: 'jdoe' },
      { revision: 3, author: 'jdoe', confirmWithin: 60_000, reason: 'too slow' },
      { author: 'jdoe' },
    ]);
    expect((await aorta(['rollback', 'newest'])).code).toBe(2);
  });

  test('nothing to confirm', async () => {
    const nothing = new Failure('nothing-to-confirm', 'no change waits', 'see `aorta history`');
    await serve({ confirm: () => Promise.reject(nothing) });
    const { code, out } = await aorta(['confirm', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'nothing-to-confirm', what: 'no change waits', mend: 'see `aorta history`' },
    });
  });
});

test('up takes a declaration, or goes on with what the controller has', async () => {
  await serve({});
  const seen: ControllerOptions[] = [];
  const onRun = async (options: ControllerOptions) => {
    seen.push(options);
    options.onProgress({ stage: 'start', state: 'done' });
    options.onApplied({ ...applied, how: 'started' });
  };
  expect((await aorta(['up', file], { onRun })).out).toContain('in service;');
  expect((await aorta(['up'], { onRun })).err).toBe('✓ start HAProxy\n');
  expect(seen.map(({ request }) => request?.author)).toEqual(['jdoe', undefined]);
  expect(seen.map(({ request }) => request?.file)).toEqual(['aorta.yaml', undefined]);
});
