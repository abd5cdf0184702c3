/** `npm start`: a simulated estate with Aorta in front of it, or Aorta alone with a declaration of your own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Aorta } from './demo/aorta.ts';
import { declarationFor } from './demo/declaration.ts';
import { howToReach } from './demo/how-to-reach.ts';
import { Mistake, type Options, readOptions, usage } from './demo/options.ts';
import { claimCheckout, placeFor, refuseTaken } from './demo/place.ts';
import { startEstate } from './estate.ts';

const root = resolve(import.meta.dirname, '..');
const directory = join(root, '.aorta', 'start');

async function main(options: Options): Promise<number> {
  const interrupted = Promise.withResolvers<void>();
  process.on('SIGINT', () => interrupted.resolve()).on('SIGTERM', () => interrupted.resolve());
  await claimCheckout(root);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const aorta = new Aorta(root, join(directory, 'state'));
  // What an earlier start left behind when it was killed; nobody else uses this directory.
  await aorta.down();
  return options.kind === 'file'
    ? await serve(resolve(options.file), aorta, interrupted.promise, '')
    : await serveEstate(options, aorta, interrupted.promise);
}

async function serveEstate(
  { deployment, tls }: Extract<Options, { kind: 'estate' }>,
  aorta: Aorta,
  interrupted: Promise<void>,
): Promise<number> {
  const place = placeFor(root);
  await refuseTaken(place);
  const estateDirectory = join(directory, 'estate');
  const estate = await startEstate({
    topology: deployment,
    tls,
    prefix: place.prefix,
    directory: estateDirectory,
  });
  try {
    const file = join(directory, 'aorta.yaml');
    await writeFile(file, declarationFor(estate, deployment, place));
    await writeFile(join(directory, 'estate.json'), `${JSON.stringify(estate, undefined, 2)}\n`, {
      mode: 0o600,
    });
    return await serve(file, aorta, interrupted, howToReach(estate, place, directory));
  } finally {
    await estate.stop();
  }
}

async function serve(
  file: string,
  aorta: Aorta,
  interrupted: Promise<void>,
  introduction: string,
): Promise<number> {
  try {
    const inService = await aorta.up(file);
    if (!inService) return 1;
    process.stdout.write(introduction);
    await aorta.watch(interrupted);
    return 0;
  } finally {
    await aorta.down();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(usage);
  else process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
