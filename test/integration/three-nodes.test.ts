import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compileKeepalived } from '../../src/compile/keepalived.ts';
import { GroupWords } from '../../src/dataplane/keepalived/group-words.ts';
import { readKeepalivedOutline } from '../../src/dataplane/keepalived/outline.ts';
import { renderKeepalived } from '../../src/render/keepalived.ts';
import { name } from '../golden/configurations.ts';
import { pairs } from '../golden/pairs.ts';
import { openRoom, type Room } from '../harness/room.ts';
import { until } from '../harness/until.ts';

/**
 * Guards that a real keepalived carries out what is decided about groups among three nodes: who was named gets them, who left
 * stays away, and takes them all the same when nobody else is left.
 */
const names = ['lb-a', 'lb-b', 'lb-c'] as const;
type NodeName = (typeof names)[number];
const groups = { apis: '10.20.0.10', apps: '10.20.0.11', trusted: '10.20.0.12' } as const;
type Group = keyof typeof groups;

/** A network of its own in the room, with keepalived and nothing else. */
class Node {
  readonly words: GroupWords;
  readonly #room: Room;
  readonly #directory: string;
  readonly #text: string;
  readonly #pid: string;
  #keepalived: ChildProcess | undefined;

  private constructor(room: Room, node: NodeName, directory: string, pid: string) {
    this.#room = room;
    this.#directory = directory;
    this.#pid = pid;
    const example = pairs[`several-groups.${node}`];
    if (example === undefined) throw new Error('no such example');
    const files = join(directory, 'group-');
    const ir = compileKeepalived(example.configuration, {
      runtime: { ...example.node.runtime, healthFile: join(directory, 'health'), groupFiles: files },
      node: { name: name(node), interface: 'front' },
    });
    if (ir === undefined) throw new Error('no pair');
    this.#text = renderKeepalived(ir);
    this.words = new GroupWords(files, join(directory, 'away.json'));
  }

  static async open(room: Room, node: NodeName, all: string): Promise<Node> {
    const directory = join(all, node);
    await mkdir(directory);
    const network = room.spawn('unshare', ['--net', 'sh', '-c', 'echo $$; exec sleep infinity']);
    const [said] = (await once(network.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const opened = new Node(room, node, directory, String(said).trim());
    const host = names.indexOf(node) + 2;
    const port = ['link', 'add', 'name', `port-${host}`, 'type', 'veth', 'peer', 'name', 'front'];
    await room.run('ip', ...port, 'netns', opened.#pid);
    await room.run('ip', 'link', 'set', 'dev', `port-${host}`, 'master', 'switch', 'up');
    await opened.#run('ip', 'address', 'add', `10.20.0.${host}/24`, 'dev', 'front');
    await opened.#run('ip', 'link', 'set', 'dev', 'front', 'up');
    await writeFile(join(directory, 'health'), '0\n');
    await writeFile(join(directory, 'keepalived.conf'), opened.#text, { mode: 0o600 });
    await opened.tell();
    return opened;
  }

  /** Writes what was decided for keepalived. */
  async tell(): Promise<void> {
    await this.words.bring(readKeepalivedOutline(this.#text).instances);
  }

  /** Resolves when it stands by, or holds what it prefers. */
  async start(): Promise<void> {
    const files = ['-f', 'keepalived.conf', '-p', 'pid', '-r', 'vrrp-pid'];
    const words = files.map((word) => (word.startsWith('-') ? word : join(this.#directory, word)));
    const inside = ['--target', this.#pid, '--net', '--', 'keepalived', '-n', '-P', '-l', '-G'];
    this.#keepalived = this.#room.spawn('nsenter', [...inside, ...words]);
    let said = '';
    for (const stream of [this.#keepalived.stdout, this.#keepalived.stderr])
      stream?.on('data', (part) => {
        said += String(part);
      });
    await until('it takes part', async () =>
      /\(trusted\) Entering BACKUP STATE/.test(said) ? true : undefined,
    );
  }

  async stop(): Promise<void> {
    const keepalived = this.#keepalived;
    if (keepalived === undefined) return;
    const ended = once(keepalived, 'close');
    await this.#room.run('sh', '-c', `kill $(cat ${join(this.#directory, 'pid')})`);
    await ended;
  }

  async holds(group: Group): Promise<boolean> {
    return (await this.#run('ip', '-oneline', 'address', 'show', 'dev', 'front')).includes(
      `${groups[group]}/`,
    );
  }

  #run(...words: readonly string[]): Promise<string> {
    return this.#room.run('nsenter', '--target', this.#pid, '--net', '--', ...words);
  }
}

test('what is decided about groups is what three nodes do', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-nodes-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const room = await openRoom();
  onTestFinished(() => room.close());
  await room.run('ip', 'link', 'add', 'name', 'switch', 'type', 'bridge', 'forward_delay', '0');
  await room.run('ip', 'link', 'set', 'dev', 'switch', 'up');
  const [a, b, c] = [
    await Node.open(room, 'lb-a', directory),
    await Node.open(room, 'lb-b', directory),
    await Node.open(room, 'lb-c', directory),
  ];
  const holders = async () => {
    const of = async (group: Group) => {
      const held = await Promise.all([a, b, c].map((node) => node.holds(group)));
      return names.filter((_, index) => held[index]).join('+');
    };
    return `${await of('apis')} ${await of('apps')} ${await of('trusted')}`;
  };
  const heldBy = async (apis: string, apps: string, trusted: string) => {
    let last = '';
    const wanted = `${apis} ${apps} ${trusted}`;
    await until(`${wanted} hold them`, async () => {
      last = await holders();
      return last === wanted ? true : undefined;
    }).catch((cause: unknown) => {
      throw new Error(`${wanted} never came; last: ${last}`, { cause });
    });
  };
  /** As `giveUp` does it, once the others have them. */
  const give = async (node: Node, group: Group) => {
    node.words.give([group]);
    await until('it is given', async () => ((await node.holds(group)) ? undefined : true));
    node.words.haveGiven();
    await node.tell();
  };

  await a.start();
  await heldBy('lb-a', 'lb-a', 'lb-a');
  await b.start();
  await c.start();
  // Each to whom it prefers; what prefers nobody stays.
  await heldBy('lb-b', 'lb-c', 'lb-a');

  await b.words.leave(['apis'], { since: 1, author: 'anna' });
  await give(b, 'apis');
  await heldBy('lb-a', 'lb-c', 'lb-a');
  // A restart does not bring it back.
  await b.stop();
  await b.start();
  // lb-b is before lb-c by name: it would get this one.
  b.words.makeWay(['trusted'], 60_000, () => undefined);
  await b.tell();
  await give(a, 'trusted');
  await heldBy('lb-a', 'lb-c', 'lb-c');
  b.words.takePart();
  await b.tell();
  await a.stop();
  // Away is behind everybody who is well.
  await heldBy('lb-c', 'lb-c', 'lb-c');
  await c.stop();
  // And before nobody.
  await heldBy('lb-b', 'lb-b', 'lb-b');

  await a.start();
  await c.start();
  await heldBy('lb-b', 'lb-c', 'lb-b');
  await b.words.comeBack(['apis']);
  await b.tell();
  await give(b, 'trusted');
  await heldBy('lb-b', 'lb-c', 'lb-a');
  expect((await b.words.absences()).size).toBe(0);
});
