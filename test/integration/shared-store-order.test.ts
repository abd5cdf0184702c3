import { afterAll, beforeAll, expect, test } from 'vitest';
import { loopbackAddress } from '../harness/loopback.ts';
import { type NodeName, nodeNames, SharingNodes } from '../harness/sharing-nodes.ts';

// A pair with a real keepalived on each node: lb-a holds the virtual address, lb-b has no link and holds nothing.

const server = { address: loopbackAddress(), port: 8000, at: [...nodeNames] as NodeName[] };
const declarationOf = (maxConnections: number) => ({
  aorta: 'v1',
  site: 'St. Elsewhere',
  virtualServices: {
    thin: {
      listeners: [{ protocol: 'http', address: '10.20.0.10', port: 80 }],
      pool: {
        servers: { one: { address: server.address, port: server.port } },
        trustedSegment: 'loopback',
      },
      maxConnections,
    },
  },
  ha: { nodes: { 'lb-a': { address: '10.20.0.2' }, 'lb-b': { address: '10.20.0.3' } } },
});

let nodes: SharingNodes;
beforeAll(async () => {
  nodes = await SharingNodes.start({
    members: 1,
    servers: [server],
    declaration: declarationOf(100),
    fronts: {
      'lb-a': { address: '10.20.0.2/24', linked: true },
      'lb-b': { address: '10.20.0.3/24', linked: false },
    },
  });
  await nodes.same();
}, 240_000);
afterAll(() => nodes?.end());

test('whoever holds the address makes a change last, whichever is asked', { timeout: 120_000 }, async () => {
  for (const [index, asked] of nodeNames.entries()) {
    const making: string[] = [];
    const answer = await nodes.apply(
      asked,
      declarationOf(101 + index),
      { guard: 2_000 },
      ({ stage, detail }) => {
        if (stage === 'pair' && detail?.endsWith(' makes it')) making.push(detail);
      },
    );
    expect(answer.outcome).toBe('applied');
    expect(making).toEqual(['lb-b makes it', 'lb-a makes it']);
    await nodes.same();
  }
});
