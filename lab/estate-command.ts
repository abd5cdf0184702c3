import { parseArgs } from 'node:util';
import { startEstate } from './estate.ts';

/** A simulated estate in the foreground: prints it as one line of JSON when it serves, ends on Ctrl-C. @returns the exit code */
export async function startEstateCommand(arguments_: readonly string[], usage: string): Promise<number> {
  const { values } = parseArgs({
    args: [...arguments_],
    options: {
      topology: { type: 'string', default: 'recommended' },
      tls: { type: 'string', default: 'bridging' },
      prefix: { type: 'string', default: '127.77.13' },
      directory: { type: 'string' },
      patients: { type: 'string' },
      'public-port': { type: 'string' },
    },
  });
  const { tls, directory } = values;
  if (directory === undefined || (tls !== 'bridging' && tls !== 'offload')) {
    process.stderr.write(usage);
    return 2;
  }
  const estate = await startEstate({
    topology: values.topology,
    tls,
    prefix: values.prefix,
    directory,
    ...(values.patients === undefined ? {} : { patients: Number(values.patients) }),
    ...(values['public-port'] === undefined ? {} : { publicPort: Number(values['public-port']) }),
  });
  const interrupted = Promise.withResolvers<void>();
  process.once('SIGINT', () => interrupted.resolve()).once('SIGTERM', () => interrupted.resolve());
  process.stdout.write(`${JSON.stringify(estate)}\n`);
  await interrupted.promise;
  await estate.stop();
  return 0;
}
