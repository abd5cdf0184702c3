import { parseArgs } from 'node:util';
import { startEstate } from './estate.ts';

const USAGE = `usage: node lab/main.ts estate --topology recommended|minimum|FILE --tls bridging|offload
                       --prefix 127.77.13 --directory DIR [--patients N] [--public-port N]
Starts a simulated estate in the foreground, prints it as one line of JSON when it serves, ends on Ctrl-C.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
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
if (positionals[0] !== 'estate' || directory === undefined || (tls !== 'bridging' && tls !== 'offload')) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
try {
  const estate = await startEstate({
    topology: values.topology,
    tls,
    prefix: values.prefix,
    directory,
    ...(values.patients === undefined ? {} : { patients: Number(values.patients) }),
    ...(values['public-port'] === undefined ? {} : { publicPort: Number(values['public-port']) }),
  });
  const end = (): void => void estate.stop().then(() => process.exit(0));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  process.stdout.write(`${JSON.stringify(estate)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
