/** What clients of a pair feel of a failover besides the outage, found out in a room: sends one message with what it saw. */
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { through } from '../entrance.ts';
import type { Estate } from '../estate.ts';
import { holdersAt } from '../scenario/holders.ts';
import { parseScenario } from '../scenario/scenario-file.ts';
import type { PairSetting, Setting } from '../scenario/setting.ts';
import { NODES, type NodeName } from './addresses.ts';
import { feed } from './ip.ts';
import { Logins } from './logins.ts';
import { openPair } from './pair-setting.ts';

const CLIENT_COUNT = 8;
/** Half of them have their code when something happens, half are in the middle of signing in. */
const LOGIN_COUNT = 8;
const PATIENCE_MS = 60_000;
const VERSIONS = ['tls1_2', 'tls1_3'] as const;

const scenario = parseScenario(
  `title: What clients feel of a failover
what: Clients that are bound to a server come back after HAProxy of their node was killed.
parameters: { persistence: sourceAddress }
pair: {}
load: { applications: ${CLIENT_COUNT} }
duration: 10s
timeline: []
expect: {}
`,
  'shared-fixture.ts',
);

interface Visit {
  readonly server: string;
  readonly reused: boolean;
}

/** What a node says of what it shares. */
interface Shared {
  readonly peers?: readonly { readonly connected: boolean }[];
  readonly tickets?: { readonly fingerprint: string };
}

async function look(directory: string) {
  const variant = { clients: 'http1-new', tls: 'offload', topology: 'recommended' } as const;
  const setting = await openPair(directory, { scenario, variant }, () => undefined);
  const { pair } = setting;
  if (pair === undefined) throw new Error('no pair');
  const shared = () => Promise.all(NODES.slice(0, 2).map((name) => sharedBy(directory, name)));
  await until('the nodes have met', async () => {
    const all = await shared();
    const [one, other] = all.map(({ tickets }) => tickets?.fingerprint);
    return one === other && all.every(({ peers }) => peers?.every(({ connected }) => connected) ?? false);
  });
  const holders = () => holdersAt(pair.seen(), Number.POSITIVE_INFINITY).join();
  const logins = await Logins.open(setting, LOGIN_COUNT);
  const before = { holder: holders(), visits: await visitAll(setting, directory, 'before') };
  await logins.begin();
  pair.nodes.get('lb-a')?.kill('haproxy', 'SIGKILL');
  await until('the other node has the addresses', () => Promise.resolve(holders() === 'lb-b'));
  const after = { holder: holders(), visits: await visitAll(setting, directory, 'after') };
  const killed = { logins: await logins.end(), ...(await lastMove(pair)) };

  await setting.product.run(['drain', 'api-1', '--reason', 'patches'], NODES);
  const drainedAt = await executionsOf(setting.estate);
  await until('nothing is wrong any more', async () => (await pair.status()).findings.length === 0);
  await logins.begin();
  await pair.failOver([]);
  const moved = { holder: holders(), logins: await logins.end(), ...(await lastMove(pair)) };
  pair.nodes.get('lb-a')?.kill('haproxy', 'SIGKILL');
  await until('the other node has the addresses again', () => Promise.resolve(holders() === 'lb-b'));
  await logins.begin();
  await logins.end();
  logins.close();
  const drainedUntil = await executionsOf(setting.estate);
  const drained = drainedUntil.map(({ name, count }, index) => ({
    name,
    count: count - (drainedAt[index]?.count ?? 0),
  }));
  return { before, after, killed, moved, drained, failures: setting.product.failures };
}

/** What the nodes say of the last move, and for how long the kernels had the address nowhere, in milliseconds. */
async function lastMove(pair: PairSetting) {
  const { moves } = await pair.status();
  const { addresses, holdings } = pair.seen();
  const seen = holdings.filter(({ address }) => address === addresses[0]);
  const [left, came] = [seen.findLast(({ holds }) => !holds), seen.findLast(({ holds }) => holds)];
  return { said: moves[0], gap: (came?.at ?? Number.NaN) - (left?.at ?? Number.NaN) };
}

/** What each API server has carried out; checks are not counted. */
async function executionsOf(estate: Estate): Promise<{ name: string; count: number }[]> {
  const servers = estate.machines.filter(({ roles }) => roles.includes('api'));
  return Promise.all(
    servers.map(async ({ name }) => {
      const { executions } = await estate.control(name).stats();
      return { name, count: Object.values(executions).reduce((sum, one) => sum + one, 0) };
    }),
  );
}
export type Seen = Awaited<ReturnType<typeof look>>;

/** Every client once with each version of TLS, with the session of its visit before. */
async function visitAll(setting: Setting, directory: string, when: string): Promise<Visit[]> {
  const visits: Visit[] = [];
  for (let client = 1; client <= CLIENT_COUNT; client += 1)
    for (const version of VERSIONS) visits.push(await visit(setting, directory, when, client, version));
  return visits;
}

async function visit(
  { clients, estate }: Setting,
  directory: string,
  when: string,
  client: number,
  version: (typeof VERSIONS)[number],
): Promise<Visit> {
  const { reached, sources, entrance } = clients;
  const session = join(directory, `session-${client}-${version}`);
  const id = `${when}-${client}-${version}`;
  const words = [
    ...['s_client', '-connect', `${reached.address}:${reached.port}`, '-servername', reached.hostname],
    ...['-bind', `${sources}.${client}:0`, '-CAfile', estate.ca, '-verify_return_error', `-${version}`],
    ...['-ign_eof', '-sess_out', session, ...(when === 'before' ? [] : ['-sess_in', session])],
  ];
  const question = `GET /v1/uscore/R4/metadata HTTP/1.1\r\nhost: ${reached.hostname}\r\nx-request-id: ${id}\r\nconnection: close\r\n\r\n`;
  const said = await feed(through(entrance, 'openssl', words), question);
  if (!said.includes('HTTP/1.1 200')) throw new Error(`no answer to ${id}: ${said}`);
  return { server: await whoCarriedOut(estate, id), reused: said.includes('\nReused, ') };
}

async function whoCarriedOut(estate: Estate, id: string): Promise<string> {
  for (const { name, roles } of estate.machines) {
    if (!roles.includes('api')) continue;
    const { executions } = await estate.control(name).stats();
    if (executions[id] !== undefined) return name;
  }
  throw new Error(`nobody has carried out ${id}`);
}

function sharedBy(directory: string, name: NodeName): Promise<Shared> {
  const socketPath = join(directory, name, 'state', 'run', 'control.sock');
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/v1/status' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve(JSON.parse(text) as Shared));
    });
    asked.once('error', reject);
    asked.end();
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await pause(100);
  }
}

const [directory = ''] = process.argv.slice(2);
look(directory).then(
  (seen) => process.send?.({ seen }, () => process.exit(0)),
  (error: unknown) =>
    process.send?.({ error: error instanceof Error ? error.stack : String(error) }, () => process.exit(1)),
);
