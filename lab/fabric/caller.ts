/**
 * Clients of the announced address: some keep their connection, the others open a new one for each request. Started on the
 * machine of the clients, with the family of addresses; sends all it saw at the end. Times are milliseconds since 1970.
 */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Family, PLANS, SERVICE_PORT } from './addresses.ts';

export interface Call {
  readonly kind: 'kept' | 'new';
  readonly start: number;
  readonly end: number;
  /** The address from which the server was asked; absent when it failed. */
  readonly from?: string;
  /** Why it failed. */
  readonly why?: string;
}

const KEPT = 24;
const EACH_MS = 100;
const NEW_EACH_MS = 10;
const PATIENCE_MS = 2_000;

const [family = 'ipv4'] = process.argv.slice(2) as Family[];
const now = (): number => performance.timeOrigin + performance.now();
const calls: Call[] = [];
let ended = false;

function call(kind: Call['kind'], agent: Agent | false): Promise<void> {
  const start = now();
  return new Promise((resolve) => {
    const asked = request(
      { host: PLANS[family].announced, port: SERVICE_PORT, agent, timeout: PATIENCE_MS },
      (response) => {
        let from = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          from += part;
        });
        response.once('end', () => {
          const good = response.statusCode === 200;
          calls.push({
            kind,
            start,
            end: now(),
            ...(good ? { from } : { why: String(response.statusCode) }),
          });
          resolve();
        });
        response.once('error', () => undefined);
      },
    );
    asked.once('timeout', () => asked.destroy(new Error('no answer')));
    asked.once('error', (error) => {
      calls.push({ kind, start, end: now(), why: error.message });
      resolve();
    });
    asked.end();
  });
}

async function keep(index: number): Promise<void> {
  await pause((index * EACH_MS) / KEPT);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!ended) await Promise.all([call('kept', agent), pause(EACH_MS)]);
  agent.destroy();
}

async function open(): Promise<void> {
  const open = new Set<Promise<void>>();
  while (!ended) {
    const one = call('new', false).finally(() => open.delete(one));
    open.add(one);
    await pause(NEW_EACH_MS);
  }
  await Promise.all(open);
}

const work = Promise.all([...Array.from({ length: KEPT }, (_, index) => keep(index)), open()]);
process.once('disconnect', () => process.exit(1));
process.once('message', () => {
  ended = true;
  void work.then(() => process.send?.({ calls }, () => process.exit(0)));
});
