import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeAnswer, PlanAnswer } from '../../src/contract/answers.ts';
import { contractVersion } from '../../src/contract/contract-version.ts';
import type { Controller } from '../../src/contract/controller.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { Revision } from '../../src/store/revision.ts';
import { type CommandWorld, commandLine } from '../harness/command-line.ts';
import { loopbackEndpoints } from '../harness/loopback.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { type ServedNode, serveNode } from '../harness/served-node.ts';
import { SimulatedEstate } from '../harness/simulated-estate.ts';

const names = ['lb-a', 'lb-b'] as const;
type NodeName = (typeof names)[number];

const endpoints = loopbackEndpoints(names);

let pair: TestPair;
let file: string;
beforeAll(async () => {
  pair = await makeTestPair(endpoints);
  file = join(pair.directory, 'aorta.yaml');
  await writeFile(file, 'aorta: v1\nsite: St. Elsewhere\n');
});
afterAll(() => pair.end());

/** A node that keeps a history, and says what a test wants. */
class ScriptedNode {
  readonly estate = new SimulatedEstate();
  readonly asked: object[] = [];
  readonly history: Revision[] = [];
  plan: PlanAnswer = {
    findings: [],
    plan: { impact: 'reload', steps: [] },
    declaration: '',
    haproxy: '',
    keepalived: '',
  };
  onApply: () => Promise<ChangeAnswer> = async () => this.#take('apply', 'new');
  confirmBy: number | undefined;
  contract: number = contractVersion;
  skew = 0;

  constructor() {
    this.#take('apply', 'older');
    this.#take('apply', 'old');
  }

  get inService(): Revision {
    const last = this.history.at(-1);
    if (last === undefined) throw new Error('there is always one');
    return last;
  }

  readonly controller: Partial<Controller> = {
    ...this.estate.controller,
    status: async () => {
      const seen = await this.estate.controller.status();
      const { number, digest } = this.inService;
      return {
        ...seen,
        at: seen.at + this.skew,
        controller: { ...seen.controller, contract: this.contract },
        declaration: { revision: number, digest },
        ...(this.confirmBy === undefined ? {} : { confirmBy: this.confirmBy }),
      };
    },
    configuration: async () => ({
      revision: this.inService.number,
      digest: this.inService.digest,
      file: 'aorta.yaml',
      text: '',
    }),
    revisions: async () => ({ inService: this.inService.number, revisions: this.history.toReversed() }),
    plan: async () => {
      this.asked.push({ plan: true });
      return this.plan;
    },
    apply: async ({ author, reason, guard }, _onProgress, ifRevision) => {
      this.asked.push({ apply: true, author, reason, guard, ifRevision });
      return await this.onApply();
    },
    confirm: async () => ({
      outcome: 'applied',
      revision: this.inService.number,
      evidence: [],
      findings: [],
    }),
    rollback: async ({ revision, author, reason, force }) => {
      this.asked.push({ rollback: revision, author, reason, force });
      return this.#take('rollback', this.history.find(({ number }) => number === revision)?.digest ?? 'none');
    },
    drift: async () => ({ drift: [] }),
  };

  #take(kind: 'apply' | 'rollback', digest: string): ChangeAnswer {
    const number = this.history.length + 1;
    this.history.push({
      ...{ number, kind, digest, at: 0, author: 'jdoe', state: 'committed', generation: number },
      ...{ forced: [], evidence: [] },
    });
    return { outcome: 'applied', how: 'reloaded', revision: number, evidence: [], findings: [] };
  }
}

let scripts: Record<NodeName, ScriptedNode>;
let served: Partial<Record<NodeName, ServedNode>>;
beforeEach(async () => {
  scripts = { 'lb-a': new ScriptedNode(), 'lb-b': new ScriptedNode() };
  served = {};
  for (const name of names) await serve(name);
});
afterEach(async () => {
  await Promise.all(Object.values(served).map((node) => node.close()));
});

async function serve(name: NodeName): Promise<void> {
  served[name] = await serveNode(await pair.keysOf(name), scripts[name].controller, endpoints[name]);
}

async function stop(name: NodeName): Promise<void> {
  await served[name]?.close();
  delete served[name];
}

const on = (...nodes: readonly string[]) => nodes.flatMap((name) => ['--node', name]);
const both = on('lb-a', 'lb-b');

const aorta = (words: readonly string[], world: Partial<CommandWorld> = {}) =>
  commandLine([...words, '--keys', pair.directory], { socket: '/nowhere', now: Date.now, ...world });

const refusing = {
  code: 'pool-unreachable',
  severity: 'error',
  path: [],
  what: 'no server answers',
  mend: 'mend',
} as const;

describe('which node', () => {
  test('one, by name or by address: as for the controller of this machine', async () => {
    const { host, port } = endpoints['lb-b'];
    for (const name of ['lb-b', `${host}:${port}`]) {
      const { code, out } = await aorta(['status', ...on(name)]);
      expect(code).toBe(0);
      expect(out).toMatch(/^St\. Elsewhere: HAProxy /);
    }
    expect((await aorta(['show', '2', ...on('lb-b')])).err).toContain('controller-bug');
  });

  test.each([
    [on('lb-c'), 'unknown-node'],
    [on('lb-a', 'lb-a'), 'lb-a and lb-a are the same node'],
    [on('LB-A'), 'is no node'],
    [on('10.0.0.1'), 'is no node'],
  ])('%j is a mistake', async (words, what) => {
    const { code, err } = await aorta(['status', ...words]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(what) });
  });

  test('by two names the same node', async () => {
    const { host, port } = endpoints['lb-a'];
    const { code, err } = await aorta(['drift', ...on('lb-a', `${host}:${port}`)]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('are the same node') });
  });

  test('commands about one node refuse two', async () => {
    for (const words of [['show'], ['diff', '1'], ['down']]) {
      const { code, err } = await aorta([...words, ...both]);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('one node at a time') });
    }
  });

  test('without keys: where they are looked for', async () => {
    const { code, err } = await commandLine(['status', ...on('lb-a'), '--keys', '/nowhere'], {
      socket: '/nowhere',
      now: Date.now,
    });
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining('/nowhere/authority.pem does not exist'),
    });
  });

  test('a key that others can read is refused', async () => {
    const key = join(pair.directory, 'operator.key');
    await chmod(key, 0o644);
    const { code, err } = await aorta(['status', ...on('lb-a')]);
    await chmod(key, 0o600);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('file-insecure') });
  });

  test('keys that end soon are told; those that have ended are not even shown to a node', async () => {
    const later = (days: number) => ({ now: () => Date.now() + days * 86_400_000 });
    const soon = await aorta(['status', ...on('lb-a')], later(40));
    expect(soon).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^the key of the operator .* ends on 20/),
    });
    const { code, err } = await aorta(['status', ...on('lb-a')], later(70));
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('certificate-expired') });
  });
});

describe('apply', () => {
  test('all plan, then the last first; each is held to what it had', async () => {
    scripts['lb-a'].plan = { ...scripts['lb-a'].plan, plan: { impact: 'runtime', steps: [] } };
    const { code, out, err } = await aorta(['apply', file, ...both, '--reason', 'June', '--guard', '0s']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.replaceAll(/^(none|runtime|reload): .*$/gm, '$1')).toBe(
      [
        ...['lb-a:', 'runtime', 'lb-b:', 'reload'],
        ...['lb-b:', 'applied: revision 3 is in service, by a reload'],
        ...['lb-a:', 'applied: revision 3 is in service, by a reload'],
        ...['done: lb-b and lb-a have it', ''],
      ].join('\n'),
    );
    for (const name of names) {
      expect(scripts[name].asked).toEqual([
        { plan: true },
        { apply: true, author: 'operator/jdoe', reason: 'June', guard: 0, ifRevision: 2 },
      ]);
    }
  });

  test('equal plans are shown once', async () => {
    const { out } = await aorta(['plan', file, ...both]);
    expect(out).toMatch(/^lb-a and lb-b:\nreload: /);
    expect(out.match(/reload:/g)).toHaveLength(1);
    const { nodes } = JSON.parse((await aorta(['plan', file, ...both, '--json'])).out);
    expect(nodes).toMatchObject([{ node: 'lb-a', plan: { impact: 'reload' } }, { node: 'lb-b' }]);
  });

  test.each<[string, Partial<PlanAnswer>, number]>([
    ['a finding of the examination', { findings: [refusing] }, 1],
    ['a mistake', { findings: [refusing], plan: undefined as never }, 2],
  ])('one node is against it, %s: none is touched', async (_name, over, exit) => {
    scripts['lb-b'].plan = { ...scripts['lb-b'].plan, ...over };
    const { code, out, err } = await aorta(['apply', file, ...both]);
    expect(code).toBe(exit);
    expect(out).toContain('refused by lb-b: 1 error; no node was touched\n');
    expect(err).toContain('no server answers');
    for (const name of names) expect(scripts[name].asked).toEqual([{ plan: true }]);
    const forced = await aorta(['apply', file, ...both, '--force']);
    expect(forced.code).toBe(exit === 1 ? 0 : 2);
  });

  test.each<[string, (node: ScriptedNode) => void, string]>([
    ['of another version', (node) => (node.contract = 9), 'lb-b speaks version 9 of the contract'],
    ['with a change that waits', (node) => (node.confirmBy = 1), 'on lb-b a change waits to be confirmed'],
  ])('a node %s: none is even asked for a plan', async (_name, adjust, what) => {
    adjust(scripts['lb-b']);
    const { code, err } = await aorta(['apply', file, ...both]);
    expect(code).not.toBe(0);
    expect(err).toContain(`no node was touched: ${what}`);
    for (const name of names) expect(scripts[name].asked).toEqual([]);
  });

  test('a node that does not answer: the same', async () => {
    await stop('lb-b');
    const { code, err } = await aorta(['apply', file, ...both]);
    expect(code).toBe(1);
    expect(err).toMatch(/node-unreachable: no node was touched: lb-b \(127.* nothing listens there/);
    expect(scripts['lb-a'].asked).toEqual([]);
  });

  const refuses: Controller['confirm'] = async () => ({
    outcome: 'refused',
    stage: 'preflight',
    evidence: [],
    findings: [{ ...refusing, code: 'address-taken', what: '10.0.0.1:81 is taken' }],
  });

  test('the second does not take it: the first is taken back, and says why', async () => {
    scripts['lb-a'].onApply = () => refuses({});
    const { code, out, err } = await aorta(['apply', file, ...both]);
    expect(code).toBe(1);
    expect(out).toContain('taking lb-b back: lb-a did not take it\n');
    expect(err).toContain(
      [
        'stopped: not all nodes have it',
        '  lb-b had it, and was taken back to what revision 2 was',
        '  lb-a refused it, and revision 2 is in service: 10.0.0.1:81 is taken\n',
      ].join('\n'),
    );
    expect(scripts['lb-b'].asked.at(-1)).toEqual({
      rollback: 2,
      author: 'operator/jdoe',
      reason: 'lb-a did not take it',
      force: true,
    });
    expect(scripts['lb-b'].inService).toMatchObject({ number: 4, kind: 'rollback', digest: 'old' });
    expect(scripts['lb-a'].inService.number).toBe(2);
  });

  test('--keep: it stays, with what to run next', async () => {
    scripts['lb-a'].onApply = () => refuses({});
    const { code, err } = await aorta(['apply', file, ...both, '--keep']);
    expect(code).toBe(1);
    expect(err).toContain('  lb-b has it as revision 3\n');
    const keys = `--keys ${pair.directory}`;
    expect(err).toContain(`  aorta apply ${file} --node lb-a --node lb-b ${keys}  # to go on`);
    expect(err).toContain(`  aorta rollback 2 --node lb-b ${keys}  # to take lb-b back\n`);
    expect(scripts['lb-b'].inService.digest).toBe('new');
    const json = JSON.parse((await aorta(['apply', file, ...both, '--keep', '--json'])).out);
    expect(json).toMatchObject({
      complete: false,
      nodes: [
        { node: 'lb-b', before: 3, fate: { kind: 'changed' }, answer: { outcome: 'applied' } },
        { node: 'lb-a', before: 2, fate: { kind: 'refused' }, answer: { outcome: 'refused' } },
      ],
    });
    expect(json.next).toHaveLength(2);
  });

  test('the first does not take it: the second is not asked', async () => {
    scripts['lb-b'].onApply = async () => ({
      outcome: 'rolledBack',
      stage: 'guard',
      evidence: ['errors rose from 0 to 9 of 10'],
      findings: [],
    });
    const { code, err } = await aorta(['apply', file, ...both]);
    expect(code).toBe(1);
    expect(err).toContain('lb-b tried it, and went back to what revision 2 was: errors rose');
    expect(err).toContain('lb-a was not touched: revision 2 is in service');
    expect(scripts['lb-a'].asked).toEqual([{ plan: true }]);
  });

  test('a node is lost in the middle: nobody is taken back, and it is said who has what', async () => {
    scripts['lb-a'].onApply = () => {
      void stop('lb-a');
      return new Promise(() => undefined);
    };
    const { code, err } = await aorta(['apply', file, ...both]);
    expect(code).toBe(1);
    expect(err).toContain('  lb-b has it as revision 3\n');
    expect(err).toContain(
      '  lb-a was asked, and did not answer: it completes the change or undoes it by itself',
    );
    expect(err).toContain('  aorta status --node lb-a --node lb-b');
    expect(scripts['lb-b'].inService.digest).toBe('new');
  });

  test('Ctrl-C: what is under way goes on, the others are not touched, nothing is taken back', async () => {
    const interrupt = new AbortController();
    const finished = Promise.withResolvers<void>();
    scripts['lb-b'].onApply = async () => {
      interrupt.abort();
      await finished.promise;
      return { outcome: 'applied', evidence: [], findings: [] };
    };
    const { code, err } = await aorta(['apply', file, ...both], { interrupt: interrupt.signal });
    finished.resolve();
    expect(code).toBe(1);
    expect(err).toContain('interrupted: not all nodes have it\n  lb-b was asked, and did not answer');
    expect(err).toContain('  lb-a was not touched: revision 2 is in service\n');
    expect(scripts['lb-a'].asked).toEqual([{ plan: true }]);
  });

  test('--if-revision is about one node', async () => {
    const { code, err } = await aorta(['apply', file, ...both, '--if-revision', '2']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('numbers of its own') });
  });

  test('a mistake in the declaration is found before any node is asked', async () => {
    const wrong = join(pair.directory, 'wrong.yaml');
    await writeFile(wrong, 'aorta: v1\nsit: x\n');
    expect((await aorta(['apply', wrong, ...both])).code).toBe(2);
    expect(scripts['lb-a'].asked).toEqual([]);
  });
});

describe('rollback', () => {
  test('both, where they come to the same declaration', async () => {
    const { code, out } = await aorta(['rollback', ...both]);
    expect(code).toBe(0);
    expect(out).toContain('done: lb-b and lb-a have it\n');
    for (const name of names) expect(scripts[name].inService).toMatchObject({ number: 3, digest: 'older' });
  });

  test('to different declarations: none is touched', async () => {
    await scripts['lb-a'].onApply();
    for (const words of [['rollback'], ['rollback', '3']]) {
      const { code, err } = await aorta([...words, ...both]);
      expect(code).not.toBe(0);
      expect(err).toContain('no node was touched');
    }
    expect((await aorta(['rollback', ...both])).err).toMatch(
      /lb-a to revision 2 \(old\) and lb-b to revision 1/,
    );
    for (const name of names) expect(scripts[name].asked).toEqual([]);
    expect((await aorta(['rollback', '1', ...both])).code).toBe(0);
  });
});

describe('status', () => {
  test('what differs is told, and is an exit code', async () => {
    expect((await aorta(['status', ...both])).code).toBe(0);
    await scripts['lb-a'].onApply();
    scripts['lb-b'].skew = 5_000;
    const { code, out } = await aorta(['status', ...both]);
    expect(code).toBe(1);
    expect(out).toContain('lb-a and lb-b serve different declarations\nthe clock of lb-b is ');
    expect(out).toContain('\nlb-a: St. Elsewhere: HAProxy ');
    expect(out).toContain('\nlb-b: St. Elsewhere: HAProxy ');
    const json = JSON.parse((await aorta(['status', ...both, '--json'])).out);
    expect(json.nodes).toMatchObject([
      { node: 'lb-a', status: { declaration: { revision: 3, digest: 'new' } } },
      { node: 'lb-b', status: { declaration: { revision: 2 } } },
    ]);
    expect(json.nodes[1].skew).toBeGreaterThan(3_000);
    expect(json.findings.map(({ kind }: { kind: string }) => kind)).toEqual(['declaration', 'clock']);
  });

  test('one node down: the other is shown', async () => {
    await stop('lb-b');
    const { code, out } = await aorta(['status', ...both]);
    expect(code).toBe(1);
    expect(out).toContain('nothing listens there\n');
    expect(out).toContain('\nlb-a: St. Elsewhere: HAProxy ');
    const { nodes } = JSON.parse((await aorta(['status', ...both, '--json'])).out);
    expect(nodes[1]).toMatchObject({ node: 'lb-b', error: { code: 'node-unreachable' } });
  });

  test('--watch says it when it changes', async () => {
    let applied = false;
    const watching = aorta(['status', '--watch', ...both], {
      onSaid: ({ out }) => {
        if (!applied) void scripts['lb-a'].onApply();
        applied = true;
        // It ends with the terminal only.
        if (out.includes('serve different declarations')) throw new Error('seen');
      },
    });
    await expect(watching).rejects.toThrow('seen');
  });

  test('of an older version, which says less', async () => {
    scripts['lb-b'].contract = 0;
    const { code, out } = await aorta(['status', ...both]);
    expect(code).toBe(1);
    expect(out).toContain('lb-b speaks version 0 of the contract');
  });
});

describe('on all nodes, or said on which not', () => {
  const why = ['--reason', 'patching'];

  test('drain, weight, enable, intents, history, drift', async () => {
    const drained = await aorta(['drain', 'api-1', ...why, ...both]);
    expect(drained).toMatchObject({ code: 0, err: '' });
    for (const name of names) {
      expect(drained.out).toContain(`${name}: api-1 drained (intent 1): live-apis/api-1 (0 sessions open)`);
      expect(scripts[name].estate.intents).toMatchObject([{ author: 'operator/jdoe' }]);
    }
    for (const words of [
      ['intents'],
      ['history'],
      ['drift'],
      ['enable', 'api-1'],
      ['weight', 'api-1', '5', ...why],
    ]) {
      const { code, out } = await aorta([...words, ...both]);
      expect(code).toBe(0);
      expect(out).toMatch(/^lb-a:\n[\s\S]+\nlb-b:\n/);
      const { nodes } = JSON.parse((await aorta([...words, ...both, '--json'])).out);
      expect(nodes).toMatchObject([{ node: 'lb-a' }, { node: 'lb-b' }]);
    }
  });

  test('one refuses: it stays in force on the other', async () => {
    scripts['lb-b'].estate.health.set('live-apps/api-2', 'down');
    const { code, out, err } = await aorta(['drain', 'api-1', ...why, ...both, '--wait']);
    expect(code).toBe(1);
    expect(out).toContain('lb-a: api-1 drained');
    expect(err).toContain('lb-b: error last-server:');
    expect(err).toContain('not on all: done on lb-a only, not on lb-b\n');
    expect(err).toContain('not safe to patch: api-1 may still get requests');
    expect(scripts['lb-a'].estate.intents).toHaveLength(1);
    const { nodes } = JSON.parse((await aorta(['drain', 'api-1', ...why, ...both, '--json'])).out);
    expect(nodes).toMatchObject([
      { node: 'lb-a', intents: [{}] },
      { node: 'lb-b', error: { code: 'last-server' } },
    ]);
  });

  test('one is down; all refuse', async () => {
    await stop('lb-b');
    const weighed = await aorta(['weight', 'api-1', '5', ...why, ...both]);
    expect(weighed.code).toBe(1);
    expect(weighed.err).toContain('not on all: done on lb-a only, not on lb-b\n');
    await serve('lb-b');
    const unknown = await aorta(['maintain', 'api-9', ...why, ...both]);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('done on no node, not on lb-a and lb-b\n');
  });

  test('--wait: until no session is left on any of them', async () => {
    scripts['lb-b'].estate.sessions.set('live-apis/api-1', 1);
    scripts['lb-b'].estate.onStatus = (count) => {
      if (count > 2) scripts['lb-b'].estate.sessions.clear();
    };
    const { code, out, err } = await aorta(['drain', 'api-1', ...why, ...both, '--wait']);
    expect(code).toBe(0);
    expect(err).toContain('waiting for lb-b: live-apis/api-1: 1 session');
    expect(out).toContain('safe to patch: api-1 has no session left in any service, on lb-a and lb-b\n');
    scripts['lb-b'].estate.onStatus = () => undefined;
    scripts['lb-b'].estate.sessions.set('live-apis/api-1', 1);
    const late = await aorta(['drain', 'api-1', ...why, ...both, '--wait', '--deadline', '1s']);
    expect(late.code).toBe(1);
    expect(late.err).toMatch(
      /not safe to patch: lb-b: the deadline has passed .*`aorta enable api-1 --node lb-b/,
    );
  });

  test('confirm', async () => {
    const nothing = () => Promise.reject(new Failure('nothing-to-confirm', 'no change waits', 'see it'));
    await stop('lb-b');
    served['lb-b'] = await serveNode(await pair.keysOf('lb-b'), { confirm: nothing }, endpoints['lb-b']);
    const { code, out, err } = await aorta(['confirm', ...both]);
    expect(code).toBe(1);
    expect(out).toContain('lb-a:\napplied: revision 2');
    expect(err).toContain('nothing-to-confirm');
  });
});
