import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { prepareEstate } from '../data-plane/estate.ts';
import { h2load } from '../data-plane/loads.ts';
import { compileNative } from '../data-plane/native.ts';
import { makeCertificates, ports } from '../data-plane/place.ts';
import { isOpen, start, untilOpen } from '../data-plane/processes.ts';
import type { Subject } from '../data-plane/subject.ts';
import { aorta } from '../data-plane/subjects/aorta.ts';
import { hand } from '../data-plane/subjects/hand.ts';
import { paths } from '../data-plane/workloads.ts';
import { type Broken, reportEnd } from '../report-end.ts';
import { writeFreshUrls } from './fresh-urls.ts';
import { instructionsDuring } from './instructions.ts';
import { parts } from './parts.ts';

/** Runs in a room of its own: see `../parts.ts`. */
export type PartsReport =
  | { readonly kind: 'counted'; readonly name: string; readonly instructions: number }
  | { readonly kind: 'done' }
  | Broken;

/** What a configuration says about a request is done in it, and hardly anything else is. */
const within = 'process_stream';
const requests = 600;
/** Counting takes a core each, and does not depend on what the others do. */
const cores = ['0', '1'];

interface Variant {
  readonly name: string;
  readonly subject: Subject;
  readonly edit: (text: string) => string;
}

const same = (text: string) => text;
const variants: readonly Variant[] = [
  { name: 'everything as it is', subject: aorta, edit: same },
  { name: 'HAProxy by hand', subject: hand, edit: same },
  ...parts.map(({ name, without }) => ({ name, subject: aorta, edit: without })),
];

async function run(room: string, tell: (name: string, instructions: number) => void): Promise<void> {
  const certificates = await makeCertificates(join(room, 'certificates'));
  const native = await compileNative(room);
  const estate = join(room, 'estate');
  const servers = await start(await prepareEstate(estate, certificates), estate, 'estate');
  await untilOpen('127.0.1.1', 80, [servers]);

  const urls = join(room, 'urls');
  await writeFreshUrls(urls, requests);

  const count = async ({ subject, edit }: Variant, number: number, core: string): Promise<number> => {
    const address = `127.0.20.${number + 1}`;
    const directory = join(room, `v${number + 1}`);
    await mkdir(directory);
    const [command] = await subject.prepare({ directory, address, certificates, native });
    const file = resolve(directory, command?.words.at(-1) ?? '');
    const text = await readFile(file, 'utf8');
    // Checks come by the clock and not by the request, and under valgrind the clock runs fast.
    const unchecked = edit(text).replaceAll(/\b(inter|fastinter|downinter) \S+/g, '$1 1h');
    await writeFile(file, unchecked);
    const target = { address, port: ports.offload };
    const load = { version: 'http1', clients: 1, path: paths.small, urls } as const;
    const all = await instructionsDuring(
      { binary: 'haproxy', directory, file, core },
      () => isOpen(address, ports.offload),
      () => h2load(target, requests, load),
      within,
    );
    return all / requests;
  };
  const left = [...variants.entries()];
  const countAll = async (core: string) => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [number, variant] = next;
      tell(variant.name, await count(variant, number, core));
    }
  };
  await Promise.all(cores.map(countAll));
}

const [room = ''] = process.argv.slice(2);
const tell = (name: string, instructions: number) =>
  process.send?.({ kind: 'counted', name, instructions } satisfies PartsReport);
await reportEnd(run(room, tell).then((): PartsReport => ({ kind: 'done' })));
