import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openRoom } from '../harness/room.ts';
import { until } from '../harness/until.ts';

// Guards: whether a node has an address is what the kernel says, and not what is wanted.

const command = join(import.meta.dirname, '../../bin/aorta');
const address = '10.77.0.50';

const declaration = {
  aorta: 'v1',
  site: 'metrics of a pair',
  virtualServices: {
    plain: {
      listeners: [{ protocol: 'http', address, port: 8080 }],
      maxConnections: 100,
      pool: { trustedSegment: 'loopback', servers: { one: { address: '127.0.0.1', port: 8000 } } },
    },
  },
  ha: { nodes: { 'lb-a': { address: '10.77.0.11' }, 'lb-b': { address: '10.77.0.12' } } },
};
const nodeFile = {
  node: 'lb-a',
  interface: 'front',
  metrics: { address: '127.0.0.5', from: ['127.0.0.0/8'] },
};

test('a node says which addresses it has, and that it lost them with its cable', {
  timeout: 120_000,
}, async () => {
  const room = await openRoom();
  onTestFinished(() => room.close());
  const at = (name: string) => join(room.directory, name);
  const write = (name: string, content: object) =>
    room.run('sh', '-c', 'printf %s "$1" > "$2"', 'sh', JSON.stringify(content), at(name));
  await room.run('mkdir', '-m', '700', at('state'));
  await write('aorta.yaml', declaration);
  await write('state/node.yaml', nodeFile);
  room.spawn(process.execPath, [
    '-e',
    "require('http').createServer((_, a) => a.end()).listen(8000, '127.0.0.1')",
  ]);
  let said = '';
  const controller = room.spawn(command, ['up', at('aorta.yaml'), '--state', at('state')]);
  for (const stream of [controller.stdout, controller.stderr]) {
    stream?.on('data', (part) => {
      said += String(part);
    });
  }
  let last = '';
  const isSaid = (sample: string) =>
    until(
      sample,
      async () => {
        last = await room.run('curl', '-s', 'http://127.0.0.5:7444/metrics').catch(() => '');
        return last.split('\n').includes(sample) ? last : undefined;
      },
      60_000,
    ).catch((cause: unknown) => {
      throw new Error(`no ${sample}:\n${last}${said}`, { cause });
    });

  const text = await isSaid(`aorta_address_held{group="main",address="${address}"} 1`);
  expect(text).toContain('aorta_node_info{node="lb-a"} 1\n');
  await room.run('ip', 'link', 'set', 'wire', 'down');
  await isSaid(`aorta_address_held{group="main",address="${address}"} 0`);
});
