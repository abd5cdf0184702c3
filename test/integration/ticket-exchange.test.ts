import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Controller } from '../../src/contract/controller.ts';
import { LocalController, type LocalControllerParts } from '../../src/daemon/local-controller.ts';
import { ticketExchange } from '../../src/daemon/ticket-exchange.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Name } from '../../src/model/name.ts';
import type { TicketRing } from '../../src/model/ticket-ring.ts';
import type { Serving } from '../../src/reconcile/serving.ts';
import { makeTestPair, type TestPair } from '../harness/pair-keys.ts';
import { knock, type ServedNode, serveNode } from '../harness/served-node.ts';

// Guards: ticket keys go to nodes of the pair and to the operator, and to nobody else, not even with a key of the pair.

const ring: TicketRing = [1, 2, 3].map((serial) => ({
  serial,
  id: `${serial}`.repeat(16),
  createdAt: serial,
  key: new Secret(Buffer.alloc(80, serial).toString('base64')),
}));
const revealed = ring.map(({ key }) => key.reveal());

let pair: TestPair;
beforeAll(async () => {
  const endpoint = { host: '127.0.0.1', port: 1 } as Endpoint;
  pair = await makeTestPair({ 'lb-a': endpoint, 'lb-b': endpoint, 'lb-z': endpoint });
});
afterAll(() => pair.end());

let node: ServedNode | undefined;
afterEach(async () => {
  await node?.close();
  node = undefined;
});

/** What is in service: a pair of lb-a and lb-b, both at this address. */
function servingAt(address: string): Serving {
  const nodes = ['lb-a', 'lb-b'].map((name) => ({ name, pairAddress: address }));
  const parts = { dataPlane: {}, clock: { now: Date.now } };
  return { now: { desired: { configuration: { ha: { nodes } } } }, parts } as unknown as Serving;
}

function controllerOf(tickets: { readonly ring?: TicketRing }): LocalController {
  const parts = { serving: servingAt('127.0.0.1'), tickets } as unknown as LocalControllerParts;
  return new LocalController(parts);
}

/** The operation as the product has it, and nothing else. */
const script = (tickets: { readonly ring?: TicketRing }): Partial<Controller> => ({
  tickets: (peer) => controllerOf(tickets).tickets(peer),
});

test('the other node gets the keys as they are, and only by asking for the node by its name', async () => {
  node = await serveNode(await pair.keysOf('lb-b'), script({ ring }));
  const { host, port } = node.endpoint;
  const ask = ticketExchange(servingAt(host), { keys: await pair.keysOf('lb-a'), port });
  const got = await ask('lb-b' as Name);
  expect(got?.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() }))).toEqual(
    ring.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() })),
  );
  expect(JSON.stringify(got)).not.toContain(revealed[0]);
  // Who answers is not the one that was asked for.
  expect(await ask('lb-a' as Name)).toBeUndefined();
  expect(await ask('lb-c' as Name)).toBeUndefined();
});

test.each([
  ['the operator', 'operator', 200],
  ['the other node', 'lb-a', 200],
  ['one that the declaration does not have', 'lb-z', 403],
])('%s', async (_, who, status) => {
  node = await serveNode(await pair.keysOf('lb-b'), script({ ring }));
  const { certificate, key } = await pair.keysOf(who);
  const said = await knock(node.endpoint, { cert: certificate, key: key.reveal() }, '/v1/tickets');
  expect(said).toContain(`HTTP/1.1 ${status} `);
  if (status === 200) expect(said).toMatch(/^cache-control: no-store\r$/im);
  for (const text of revealed) expect(said.includes(text)).toBe(status === 200);
});

test('a node that keeps none, and one that is down, say nothing', async () => {
  node = await serveNode(await pair.keysOf('lb-b'), script({}));
  const { host, port } = node.endpoint;
  const ask = ticketExchange(servingAt(host), { keys: await pair.keysOf('lb-a'), port });
  expect(await ask('lb-b' as Name)).toBeUndefined();
  await node.close();
  node = undefined;
  expect(await ask('lb-b' as Name)).toBeUndefined();
});

test('what is no ring is not taken', async () => {
  const wrong = [...ring.slice(0, 2), { ...ring[2], key: new Secret('short') }] as TicketRing;
  node = await serveNode(await pair.keysOf('lb-b'), { tickets: async () => wrong });
  const { host, port } = node.endpoint;
  const ask = ticketExchange(servingAt(host), { keys: await pair.keysOf('lb-a'), port });
  expect(await ask('lb-b' as Name)).toBeUndefined();
});
