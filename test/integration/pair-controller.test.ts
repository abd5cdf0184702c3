import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { openRoom, type Room } from '../harness/room.ts';
import { until } from '../harness/until.ts';
import { addressesOn, anchor, keepalivedConf, processesIn, second } from './pair-rig.ts';

const program = join(import.meta.dirname, '../harness/breakable-controller.ts');

/** Several starts of the product, on a machine that may be busy. */
const timeLimit = { timeout: 300_000 };

/** The product on one node of a pair, in a room of its own. */
class Node {
  readonly room: Room;
  readonly state: string;
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;
  #ended: Promise<unknown> = Promise.resolve();
  /** What the present controller has said. */
  said = '';

  private constructor(room: Room) {
    this.room = room;
    this.state = join(room.directory, 'state');
    this.#file = join(room.directory, 'aorta.yaml');
    this.#env = {
      BREAK_FILE: join(room.directory, 'break'),
      KEEPALIVED_CONF: join(room.directory, 'keepalived.conf'),
    };
  }

  static async start(): Promise<Node> {
    const room = await openRoom();
    onTestFinished(() => room.close());
    const node = new Node(room);
    const server = "require('http').createServer((_, answer) => answer.end('ok')).listen(8000, '127.0.0.1')";
    room.spawn(process.execPath, ['-e', server]);
    await until('the server answers', () => node.get('127.0.0.1', 8000));
    await node.declare([], 100);
    await node.up(node.#file);
    return node;
  }

  /** Writes the files of the operator. */
  async declare(excluded: readonly string[], maxConnections: number): Promise<void> {
    const declaration = {
      aorta: 'v1',
      site: 'pair',
      virtualServices: {
        plain: {
          listeners: [{ protocol: 'http', address: anchor, port: 8080 }],
          maxConnections,
          pool: { trustedSegment: 'loopback', servers: { one: { address: '127.0.0.1', port: 8000 } } },
        },
      },
    };
    await this.write('aorta.yaml', JSON.stringify(declaration));
    await this.write('keepalived.conf', keepalivedConf(runtimePaths(this.state), excluded));
  }

  async write(name: string, text: string): Promise<void> {
    const child = this.room.spawn('sh', ['-c', `cat > ${join(this.room.directory, name)}`]);
    child.stdin?.end(text);
    await once(child, 'close');
  }

  /** @param file absent: with the newest revision */
  async up(file?: string): Promise<void> {
    const controller = this.#aorta(['up', ...(file === undefined ? [] : [file]), '--state', this.state]);
    this.#ended = once(controller, 'close');
    this.said = '';
    for (const stream of [controller.stdout, controller.stderr]) {
      stream?.on('data', (chunk) => {
        this.said += String(chunk);
      });
    }
    await until(
      'aorta up is in service',
      () => {
        const { exitCode, signalCode } = controller;
        if (exitCode !== null || signalCode !== null) throw new Error('it has ended');
        return this.said.includes('in service;') ? true : undefined;
      },
      120_000,
    ).catch((cause: unknown) => {
      throw new Error(`aorta up is not in service:\n${this.said}`, { cause });
    });
  }

  async run(...words: readonly string[]): Promise<void> {
    await once(this.#aorta([...words, '--state', this.state]), 'close');
  }

  apply(): Promise<void> {
    return this.run('apply', this.#file, '--guard', '0s');
  }

  async kill(...words: readonly string[]): Promise<void> {
    const pids = (await this.room.run('pgrep', ...words)).trim().split('\n');
    await this.room.run('kill', '-9', ...pids);
  }

  /** Until the controller has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** The pid in a file of the run directory, and 0 when there is none. */
  async pid(name: 'haproxy' | 'keepalived' | 'watchdog'): Promise<number> {
    return Number(await this.room.run('sh', '-c', `cat ${this.state}/run/${name}.pid 2>/dev/null || echo 0`));
  }

  get(address: string, port: number): Promise<string | undefined> {
    return this.room.run('curl', '-s', '-m', '2', `http://${address}:${port}/`).catch(() => undefined);
  }

  /** Until the virtual addresses of this node are these. */
  async untilHolds(...addresses: readonly string[]): Promise<void> {
    await until(`the node holds ${addresses.join(', ') || 'nothing'}`, async () => {
      const held = await addressesOn(this.room, 'front');
      return held.join() === addresses.toSorted().join() ? true : undefined;
    });
  }

  #aorta(words: readonly string[]): ChildProcess {
    const flags = ['--disable-warning=ExperimentalWarning'];
    return this.room.spawn(process.execPath, [...flags, program, ...words], this.#env);
  }
}

test(
  'a pair needs no controller: a dead HAProxy loses the addresses, and the next controller brings them back',
  timeLimit,
  async () => {
    const node = await Node.start();
    await node.untilHolds(anchor);
    expect(await node.get(anchor, 8080)).toBe('ok');
    const before = [await node.pid('keepalived'), await node.pid('watchdog')];

    await node.kill('-f', 'breakable-controller.ts up');
    await node.ended();
    expect(await node.get(anchor, 8080)).toBe('ok');
    await node.kill('-x', 'haproxy');
    await node.untilHolds();
    expect([await node.pid('keepalived'), await node.pid('watchdog')]).toEqual(before);

    await node.up();
    await node.untilHolds(anchor);
    expect(await node.get(anchor, 8080)).toBe('ok');
    expect([await node.pid('keepalived'), await node.pid('watchdog')]).toEqual(before);

    await node.run('down');
    await node.ended();
    expect(await addressesOn(node.room, 'front')).toEqual([]);
    expect(await addressesOn(node.room, 'lo')).toEqual([]);
    expect(await node.room.run('ls', `${node.state}/run`)).toBe('');
    expect(await processesIn(node.room)).toEqual([]);
  },
);

test('the controller starts keepalived and the watchdog again when they die', timeLimit, async () => {
  const node = await Node.start();
  await node.untilHolds(anchor);
  for (const name of ['keepalived', 'watchdog'] as const) {
    const before = await node.pid(name);
    const at = performance.now();
    await node.room.run('kill', '-9', String(before));
    await until(`${name} runs again`, async () => {
      const now = await node.pid(name);
      return now !== before && now !== 0 ? true : undefined;
    });
    console.log(`${name} killed: another one after ${Math.round(performance.now() - at)} ms`);
    await node.untilHolds(anchor);
  }
  expect(await node.get(anchor, 8080)).toBe('ok');
});

test(
  'a controller that is killed while it brings the addresses leaves the next one to do it',
  timeLimit,
  async () => {
    const node = await Node.start();
    await node.untilHolds(anchor);
    const before = await node.pid('keepalived');
    for (const [when, excluded] of [
      ['before', [second]],
      ['after', []],
    ] as const) {
      await node.declare(excluded, 100 + excluded.length);
      await node.write(
        'break',
        JSON.stringify({ when, method: 'addresses.bring', since: 'swap', action: 'kill' }),
      );
      await node.apply();
      await node.ended();
      await node.up();
      expect(node.said).toContain('was kept');
      await node.untilHolds(anchor, ...excluded);
    }
    expect(await node.pid('keepalived')).toBe(before);
    expect(await addressesOn(node.room, 'lo')).toEqual([anchor]);
  },
);
