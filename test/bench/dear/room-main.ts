import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { authority, OpensslFixture, server } from '../../../src/pki/openssl-fixture.ts';
import { until } from '../../harness/until.ts';
import { prepareEstate } from '../data-plane/estate.ts';
import { h2load, handshakes, type Target } from '../data-plane/loads.ts';
import { compileNative } from '../data-plane/native.ts';
import { hostname } from '../data-plane/place.ts';
import {
  balancerCore,
  onCores,
  otherCores,
  processorTime,
  type Started,
  start,
  untilOpen,
} from '../data-plane/processes.ts';
import { writeRendered } from '../data-plane/rendered.ts';
import { quantile, spreadOf } from '../data-plane/statistics.ts';
import { type Broken, reportEnd } from '../report-end.ts';
import { declared, type KeyKind, keyKinds, servers } from './declared.ts';
import { logPort } from './edits.ts';
import type { Found } from './found.ts';
import { checkInterval, type Load, type Pair, pairs, type Side } from './pairs.ts';

/** Runs in a room of its own: see `../dear.ts`. */
export type DearReport =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'done' }
  | Broken;

const address = '127.0.20.1';
/** Processor time of one sample, in microseconds, at which the resolution of the clock is no matter. */
const sample = 250_000;
const atOnce = 4;
/** Of one sample. */
const secondsOfChecks = 4;

interface Place {
  readonly room: string;
  readonly estate: string;
  readonly keys: Readonly<Record<KeyKind, string>>;
  readonly ca: string;
  readonly native: Awaited<ReturnType<typeof compileNative>>;
}

/** A HAProxy with one side's configuration. */
interface Running {
  readonly target: Target;
  readonly process: Started;
  readonly log: string;
}

async function prepare(room: string): Promise<Place> {
  const directory = join(room, 'certificates');
  await mkdir(directory);
  const pki = new OpensslFixture();
  try {
    const root = pki.issue({ subject: '/CN=Synthetic Root', extensions: authority });
    const issue = async (kind: KeyKind): Promise<readonly [KeyKind, string]> => {
      const order = { subject: `/CN=${hostname}`, issuer: root, extensions: server(hostname) };
      const leaf = pki.issue({ ...order, keyKind: keyKinds[kind] });
      const file = join(directory, `${kind}.pem`);
      await writeFile(file, leaf.certificate + leaf.key, { mode: 0o600 });
      return [kind, file];
    };
    const keys: Partial<Record<KeyKind, string>> = {};
    for (const kind of Object.keys(keyKinds) as KeyKind[]) keys[kind] = (await issue(kind))[1];
    const ca = join(directory, 'ca.pem');
    await copyFile(root.certificateFile, ca);
    const files = keys as Record<KeyKind, string>;
    const estate = join(room, 'estate');
    const command = await prepareEstate(estate, { ecdsa: files['p-256'], rsa: files['rsa-2048'], ca });
    const answering = await start(onCores(otherCores, command), estate, 'estate');
    await untilOpen('127.0.1.1', 443, [answering]);
    return { room, estate, keys: files, ca, native: await compileNative(room) };
  } finally {
    pki.close();
  }
}

async function startSide(side: Side, port: number, place: Place): Promise<Running> {
  const directory = join(place.room, `side-${port}`);
  await mkdir(directory);
  const file = join(directory, 'haproxy.cfg');
  if (side.bare === true) await writeFile(file, await bareConfiguration(side, port, place));
  else await writeRendered(declared(address, port, place, side), directory);
  const text = await readFile(file, 'utf8');
  const edited = side.edit?.(text) ?? text;
  if (side.edit !== undefined && edited === text) throw new Error('an edit changed nothing');
  await writeFile(file, edited);
  const words = onCores(balancerCore, ['haproxy', '-db', '-f', 'haproxy.cfg']);
  const process = await start(words, directory, 'haproxy');
  await untilOpen(address, port, [process]);
  return { target: { address, port }, process, log: join(directory, 'haproxy.access.log') };
}

async function bareConfiguration(
  { bridging = false, key = 'p-256' }: Side,
  port: number,
  { keys, ca }: Place,
): Promise<string> {
  const tls = ` ssl verify required ca-file ${ca} verifyhost ${hostname} sni str(${hostname})`;
  const values: Readonly<Record<string, string>> = {
    ...{ address, port: String(port), pem: keys[key] },
    ...{ tls: bridging ? tls : '', serverPort: bridging ? '443' : '80' },
  };
  const template = await readFile(join(import.meta.dirname, 'bare.cfg'), 'utf8');
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}

/** Sends so much to one side. @returns processor time of HAProxy, in microseconds */
async function spend(side: Running, load: Load, count: number, place: Place): Promise<number> {
  const clock = place.native('cpu-clock');
  const before = await processorTime(clock, [side.process.pid]);
  await send(side, load, count, place);
  const spent = (await processorTime(clock, [side.process.pid])) - before;
  // It is in memory here.
  await truncate(side.log);
  return spent;
}

async function send(
  { target }: Running,
  load: Load,
  count: number,
  { native, estate }: Place,
): Promise<unknown> {
  if (load.of === 'check') return pause((count * checkInterval) / servers);
  if (load.of === 'connection') return handshakes(native('handshakes'), target, count, { ...load, atOnce });
  const { writes, requests: _, of: __, ...options } = load;
  if (writes !== true) return h2load(target, count, options);
  return h2load(target, count, {
    ...options,
    path: '/v1/uscore/R4/Observation',
    body: join(estate, 'observation.json'),
  });
}

/** What one unit costs one side. Of requests, what a long load costs more than a short one: handshakes do not count. */
async function costOf(side: Running, load: Load, count: number, place: Place): Promise<number> {
  if (load.of !== 'request') return (await spend(side, load, count, place)) / count;
  const few = load.clients;
  // The other side had its turn meanwhile: what HAProxy closed then is no matter of this load.
  if (load.rate !== undefined) await spend(side, load, few, place);
  const short = await spend(side, load, few, place);
  return ((await spend(side, load, few + count, place)) - short) / count;
}

/** Cheap, dear, cheap, dear: whatever else the machine does meets both alike. */
async function measurePair(pair: Pair, rounds: number, place: Place, port: number): Promise<Found> {
  const { load, dearLoad = load } = pair;
  const cheap = await startSide(pair.cheap, port, place);
  const dear = await startSide(pair.dear, port + 1, place);
  try {
    // The first ones warm up, and say how many make a sample.
    const counts = [await enough(cheap, load, place), await enough(dear, dearLoad, place)] as const;
    const costs: { readonly cheap: number; readonly dear: number }[] = [];
    for (let round = 0; round < rounds; round += 1)
      costs.push({
        cheap: await costOf(cheap, load, counts[0], place),
        dear: await costOf(dear, dearLoad, counts[1], place),
      });
    const middle = (side: 'cheap' | 'dear') =>
      quantile(
        costs.map((cost) => cost[side]).sort((a, b) => a - b),
        0.5,
      );
    const ratio = spreadOf(costs.map((cost) => cost.dear / cost.cheap));
    const { name, told } = pair;
    const bare = pair.dear.bare === true;
    return { name, bare, told, cheap: middle('cheap'), dear: middle('dear'), ratio };
  } finally {
    for (const { process } of [cheap, dear]) {
      process.end();
      await until('HAProxy has ended', () => (process.hasEnded() ? true : undefined));
    }
  }
}

async function enough(side: Running, load: Load, place: Place): Promise<number> {
  if (load.of === 'request' && load.requests !== undefined) return load.requests;
  if (load.of === 'check') return secondsOfChecks * servers * (1_000 / checkInterval);
  const first = load.of === 'connection' ? 40 : 1_000;
  const cost = await costOf(side, load, first, place);
  return Math.max(first, atOnce * Math.ceil(sample / Math.max(cost, 1) / atOnce));
}

async function run(room: string, rounds: number, chosen: readonly string[], tell: (found: Found) => void) {
  const place = await prepare(room);
  // Takes log lines and forgets them.
  const sink = createSocket('udp4').bind(logPort, '127.0.0.1');
  await once(sink, 'listening');
  const asked = pairs.filter(({ name }) => chosen.length === 0 || chosen.some((part) => name.includes(part)));
  const measureOne = async (pair: Pair) => tell(await measurePair(pair, rounds, place, portOf(pair)));
  const pausing = asked.filter(({ load }) => load.of === 'request' && load.rate !== undefined);
  for (const pair of asked) if (!pausing.includes(pair)) await measureOne(pair);
  // Clients that pause leave a core to others: minutes of them are one.
  await Promise.all(pausing.map(measureOne));
  sink.close();
}

/** Its cheap side has it, and its dear side the next. */
function portOf(pair: Pair): number {
  return 8_000 + 2 * pairs.indexOf(pair);
}

const [room = '', rounds = '7', ...chosen] = process.argv.slice(2);
const tell = (found: Found) => process.send?.({ kind: 'found', found } satisfies DearReport);
await reportEnd(run(room, Number(rounds), chosen, tell).then((): DearReport => ({ kind: 'done' })));
