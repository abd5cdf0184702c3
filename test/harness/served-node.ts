import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type ServedNetwork, serveOnNetwork } from '../../src/api/serve-network.ts';
import type { Controller } from '../../src/contract/controller.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { PairKeys } from '../../src/pki/pair-keys.ts';
import { loopbackAddress } from './loopback.ts';
import { silentController } from './scripted-controller.ts';

/** The real API over TLS, before a controller that says what a test wants it to say. */
export interface ServedNode extends ServedNetwork {
  readonly endpoint: Endpoint;
  /** What the API noted about those whom it refused. */
  readonly notes: readonly string[];
  readonly bugs: readonly unknown[];
}

/** @param script what the controller does; anything else that is asked of it is a bug */
export async function serveNode(
  keys: PairKeys,
  script: Partial<Controller>,
  endpoint: Endpoint = { host: loopbackAddress() as Endpoint['host'], port: 7443 },
): Promise<ServedNode> {
  const notes: string[] = [];
  const bugs: unknown[] = [];
  const served = await serveOnNetwork(
    { ...silentController(), ...script },
    {
      endpoint,
      keys,
      clock: { now: Date.now },
      onNote: (note) => notes.push(note),
      onBug: (error) => bugs.push(error),
    },
  );
  return { ...served, endpoint, notes, bugs };
}

/** How somebody fares who connects and asks for something: the answer, or how the connection ended. */
export async function knock(
  { host, port }: Endpoint,
  options: ConnectionOptions,
  path = '/v1/status',
): Promise<string> {
  const socket: TLSSocket = connect({ host, port, rejectUnauthorized: false, ...options });
  let said = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: node\r\nconnection: close\r\n\r\n`);
  await new Promise((resolve) => socket.once('close', resolve));
  return said;
}
