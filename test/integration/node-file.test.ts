import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ControllerOptions } from '../../src/cli/context.ts';
import { StateStore } from '../../src/store/state-store.ts';
import { declarationOf, draftOf, standingClock } from '../../src/store/store-fixture.ts';
import { commandLine } from '../harness/command-line.ts';
import { aorta } from '../harness/controller.ts';
import { openRoom } from '../harness/room.ts';

// Guards: the commands know which node this machine is, or say what to write.

const declaration = `aorta: v1
site: St. Elsewhere
virtualServices:
  live:
    listeners: [{ protocol: http, address: 127.0.0.1, port: 80 }]
    pool:
      servers: { a: { address: 127.0.0.2, port: 80 }, b: { address: 127.0.0.3, port: 80 } }
      trustedSegment: server room
ha:
  nodes: { lb-a: { address: 10.20.0.2 }, lb-b: { address: 10.20.0.3 } }
`;

const command = join(import.meta.dirname, '../../bin/aorta');
let directory = '';
let [file, state, nodeFile] = ['', '', ''];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aorta-node-'));
  file = join(directory, 'aorta.yaml');
  state = join(directory, 'state');
  nodeFile = join(directory, 'elsewhere.yaml');
  await writeFile(file, declaration);
  await mkdir(state);
});
afterEach(() => rm(directory, { recursive: true }));

/** What `aorta up` would run the controller with; undefined when it does not. */
async function up(...words: readonly string[]) {
  let options: ControllerOptions | undefined;
  const onRun = async (given: ControllerOptions) => {
    options = given;
  };
  const said = await commandLine(['up', file, '--state', state, ...words], { socket: '', onRun });
  return { ...said, options };
}

describe('aorta up', () => {
  test('without a node file is on no node', async () => {
    const { options } = await up();
    expect(options).toBeDefined();
    expect(options?.node).toBeUndefined();
  });

  test('reads the one of its state directory', async () => {
    await writeFile(join(state, 'node.yaml'), 'node: lb-b\ninterface: front\nserverInterface: back\n');
    expect((await up()).options?.node?.identity).toEqual({
      name: 'lb-b',
      interface: 'front',
      serverInterface: 'back',
    });
  });

  test('reads the one that is named, and no other', async () => {
    await writeFile(join(state, 'node.yaml'), 'no node file');
    await writeFile(nodeFile, 'node: lb-a\ninterface: front\n');
    expect((await up('--node-file', nodeFile)).options?.node?.identity).toEqual({
      name: 'lb-a',
      interface: 'front',
    });
  });

  test('runs nothing when it is wrong, and says everything that is wrong at once', async () => {
    await writeFile(join(state, 'node.yaml'), 'node: LB\ninterface: front\n');
    await writeFile(file, declaration.replace('ha:', 'hb:'));
    const { options, code, err } = await up();
    expect({ options, code }).toEqual({ options: undefined, code: 2 });
    expect(err).toContain('node.yaml:1:7 error invalid-value: "LB" is not a name');
    expect(err).toContain('aorta.yaml:9:1 error unknown-key: unknown key "hb"');
  });

  test('says when the one that is named cannot be read', async () => {
    const { options, code, err } = await up('--node-file', nodeFile);
    expect({ options, code }).toEqual({ options: undefined, code: 2 });
    expect(err).toContain('it does not exist; give the path of a node file');
  });
});

describe('aorta check', () => {
  test('says nothing of a machine that it was not asked about', async () => {
    const { code, out, err } = await commandLine(['check', file], { socket: '' });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('valid, 1 virtual service');
    expect(out).toContain('2 nodes, 1 address group');
    expect(out).not.toMatch(/node file|warning|error/);
  });

  test('judges the machine of a node file', async () => {
    const check = () => commandLine(['check', file, '--node-file', nodeFile], { socket: '' });
    await writeFile(nodeFile, 'node: lb-a\ninterface: front\n');
    expect((await check()).code).toBe(0);
    await writeFile(nodeFile, 'node: lb-c\ninterface: front\n');
    const { code, out } = await check();
    expect(code).toBe(2);
    expect(out).toContain('error node-unknown: this machine is "lb-c"');
  });
});

describe('aorta render', () => {
  test('writes keepalived.conf for a node, and for a node only', async () => {
    await writeFile(nodeFile, 'node: lb-b\ninterface: front\n');
    const rendered = await aorta('render', file, '--out', join(directory, 'a'), '--node-file', nodeFile);
    expect(rendered).toMatchObject({ code: 0, stderr: '' });
    expect((await readdir(join(directory, 'a'))).sort()).toEqual(['haproxy.cfg', 'keepalived.conf']);
    expect(await aorta('render', file, '--out', join(directory, 'b'))).toMatchObject({ code: 0 });
    expect(await readdir(join(directory, 'b'))).toEqual(['haproxy.cfg']);
  });

  test('lets keepalived read its part, too', async () => {
    const room = await openRoom();
    onTestFinished(() => room.close());
    const check = async (front: string) => {
      await writeFile(nodeFile, `node: lb-b\ninterface: ${front}\n`);
      const words = ['render', file, '--check', '--node-file', nodeFile];
      return await room.run(command, ...words).catch((error: Error) => error.message);
    };
    expect(await check('front')).toContain('HAProxy and keepalived take the configuration');
    expect(await check('nowhere')).toContain('refused by keepalived');
  });

  test('renders nothing for a machine that is no node', async () => {
    await writeFile(nodeFile, 'node: lb-c\ninterface: front\n');
    const { code, out, err } = await commandLine(['render', file, '--node-file', nodeFile], { socket: '' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error node-unknown');
  });
});

describe('the controller', () => {
  test('refuses a pair on a machine without a node file, and starts nothing', async () => {
    const { code, stderr } = await aorta('up', file, '--state', state);
    expect(code).toBe(2);
    expect(stderr).toContain('aorta.yaml:9:1 error node-file-missing');
    expect(await readdir(state)).not.toContain('current');
  });

  test('says what is missing when it goes on with a pair and its node file is gone', async () => {
    const store = StateStore.open(state, standingClock());
    const { number } = store.revisions.propose(draftOf(declarationOf(declaration)), {
      phase: 'reloading',
      to: 1,
    });
    store.revisions.settle(number, 'committed');
    store.close();
    const { code, stderr } = await aorta('up', '--state', state);
    expect(code).toBe(1);
    expect(stderr).toContain('error node-file-missing: there is a pair, and no node file says');
    expect(await readdir(state)).not.toContain('current');
  });
});
