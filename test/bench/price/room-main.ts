import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../harness/until.ts';
import { prepareEstate } from '../data-plane/estate.ts';
import { type H2loadOptions, h2load } from '../data-plane/loads.ts';
import { makeCertificates, ports } from '../data-plane/place.ts';
import { balancerCore, isOpen, onCores, start, untilOpen } from '../data-plane/processes.ts';
import { writeRendered } from '../data-plane/rendered.ts';
import { callsPerRequest, sumOf } from '../data-plane/system-calls.ts';
import { paths } from '../data-plane/workloads.ts';
import { type Broken, reportEnd } from '../report-end.ts';
import { writeFreshUrls } from './fresh-urls.ts';
import { checkInstructions, instructionsDuring } from './instructions.ts';
import type { Price } from './price.ts';

/** Runs in a room of its own: see `measure-price.ts`. */
export type PriceReport =
  | { readonly kind: 'prices'; readonly price: Price; readonly planted?: number }
  | Broken;

const address = '127.0.20.1';
/** One request after the other, so that how many are taken at once does not depend on who else is busy. */
const one = { version: 'http1', clients: 1, path: paths.small } as const;
/** What a start takes differs by some millions from run to run, so that a slope needs many requests. */
const counts = { few: 200, many: 2_000 } as const;

async function run(room: string, binary: string, planted: string | undefined): Promise<PriceReport> {
  const certificates = await makeCertificates(join(room, 'certificates'));
  const estate = join(room, 'estate');
  const servers = await start(await prepareEstate(estate, certificates), estate, 'estate');
  await untilOpen('127.0.1.1', 443, [servers]);
  const urls = join(room, 'urls');
  await writeFreshUrls(urls, counts.many);
  const get = { ...one, urls };
  const post = { ...one, path: '/v1/uscore/R4/Observation', body: join(estate, 'observation.json') };

  const directory = join(room, 'a');
  await mkdir(directory);
  const template = await readFile(join(import.meta.dirname, 'price.yaml'), 'utf8');
  const { ecdsa, ca } = certificates;
  const values: Record<string, string> = { address, ecdsa, ca };
  await writeRendered(
    template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? ''),
    directory,
  );
  const file = join(directory, 'haproxy.cfg');
  const rendered = await readFile(file, 'utf8');
  // Checks come by the clock and not by the request, and under valgrind the clock runs fast.
  const unchecked = rendered.replaceAll(/\b(inter|fastinter|downinter) \S+/g, '$1 1h');
  const at = { binary, directory };

  await writeFile(file, unchecked);
  const check = await checkInstructions(at);
  const instructions = (count: number, options: H2loadOptions, after?: H2loadOptions) =>
    instructionsDuring(
      at,
      () => isOpen(address, ports.offload),
      async () => {
        await h2load({ address, port: ports.offload }, count, options);
        if (after !== undefined)
          await h2load({ address, port: ports.offload }, counts.many - counts.few, after);
      },
    );
  const few = await instructions(counts.few, get);
  const many = await instructions(counts.many, get);
  const withWrites = await instructions(counts.few, get, post);

  const haproxy = await start(
    onCores(balancerCore, [binary, '-db', '-f', 'haproxy.cfg']),
    directory,
    'haproxy',
  );
  await untilOpen(address, ports.bridging, [haproxy]);
  const calls = async (port: number, options: H2loadOptions) => {
    const send = (count: number) => h2load({ address, port }, count, options);
    return sumOf(await callsPerRequest([haproxy.pid], room, send, [counts.few, 2 * counts.few]));
  };
  const price: Price = {
    readInstructions: (many - few) / (counts.many - counts.few),
    writeInstructions: (withWrites - few) / (counts.many - counts.few),
    readCalls: await calls(ports.offload, get),
    writeCalls: await calls(ports.offload, post),
    bridgingCalls: await calls(ports.bridging, get),
    checkInstructions: check,
    // The name of the room differs from run to run.
    bytes: rendered.replaceAll(room, '').length,
  };
  haproxy.end();
  await until('HAProxy has ended', () => (haproxy.hasEnded() ? true : undefined));
  if (planted === undefined) return { kind: 'prices', price };
  await writeFile(file, unchecked.replace(/^frontend offload-apis .*\n(.*\n)/m, `$&${planted}`));
  const [plantedFew, plantedMany] = [
    await instructions(counts.few, get),
    await instructions(counts.many, get),
  ];
  return { kind: 'prices', price, planted: (plantedMany - plantedFew) / (counts.many - counts.few) };
}

const [room = '', binary = 'haproxy', planted] = process.argv.slice(2);
await reportEnd(run(room, binary, planted));
