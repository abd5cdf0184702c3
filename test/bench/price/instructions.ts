import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../harness/until.ts';
import { balancerCore, onCores } from '../data-plane/processes.ts';

/** What HAProxy is run with in a room. */
export interface HaproxyAt {
  readonly binary: string;
  /** Where its configuration is. */
  readonly directory: string;
  /** Absent: `haproxy.cfg`. */
  readonly file?: string;
  /** The one that it runs on, and so with one thread, however many the machine has. Absent: that of balancers. */
  readonly core?: string;
}

/**
 * Without `rep movsb`: valgrind counts it as an instruction for each byte, and a processor copies 32 or more at a time. The
 * copy of a whole buffer that sending again needs seemed to be a fifth of a request.
 */
const environment = {
  ...process.env,
  GLIBC_TUNABLES: ['movsb', 'stosb'].map((way) => `glibc.cpu.x86_rep_${way}_threshold=1000000000`).join(':'),
};

/** User instructions of `haproxy -c`. */
export async function checkInstructions({ binary, directory }: HaproxyAt): Promise<number> {
  const log = join(directory, 'valgrind.check');
  const words = [...valgrind(log), binary, '-c', '-f', 'haproxy.cfg'];
  await promisify(execFile)('valgrind', words, { cwd: directory, env: environment });
  return instructionsIn(log);
}

/**
 * User instructions from start to end of a HAProxy that gets some work to do in between.
 * @param within a function: only those in it count, and in what it calls. Absent: all
 */
export async function instructionsDuring(
  { binary, directory, file = 'haproxy.cfg', core = balancerCore }: HaproxyAt,
  isReady: () => Promise<boolean>,
  work: () => Promise<unknown>,
  within?: string,
): Promise<number> {
  const log = join(directory, 'valgrind.run');
  const out = await open(join(directory, 'valgrind.access.log'), 'a');
  try {
    const [program, ...words] = onCores(core, [
      ...['valgrind', ...valgrind(log, within), binary, '-db', '-f', file],
    ]);
    const child = spawn(program, words, {
      stdio: ['ignore', out.fd, 'ignore'],
      cwd: directory,
      env: environment,
    });
    const ended = once(child, 'close');
    try {
      await until(
        'HAProxy takes connections under valgrind',
        async () => {
          if (child.exitCode !== null) throw new Error(`it ended:\n${await readFile(log, 'utf8')}`);
          return (await isReady()) ? true : undefined;
        },
        60_000,
      );
      await work();
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
  } finally {
    await out.close();
  }
  return instructionsIn(log);
}

/** Counts instructions and nothing else: the caches of a machine are not the configuration's. */
function valgrind(log: string, within?: string): string[] {
  const tool =
    within === undefined
      ? ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null']
      : ['--tool=callgrind', `--toggle-collect=${within}`, '--callgrind-out-file=/dev/null'];
  // The HAProxy of the other Debian is started by a script, which becomes it: the last one to write the log is HAProxy.
  return [...tool, '--trace-children=yes', `--log-file=${log}`];
}

async function instructionsIn(log: string): Promise<number> {
  const text = await readFile(log, 'utf8');
  const counted = /I\s+refs:\s+([\d,]+)/.exec(text)?.[1];
  if (counted === undefined) throw new Error(`valgrind counted nothing:\n${text}`);
  return Number(counted.replaceAll(',', ''));
}
