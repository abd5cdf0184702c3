import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { promisify } from 'node:util';

/** What the figures depend on, in words. */
export async function describeMachine(): Promise<string[]> {
  const debian = readFileSync('/etc/debian_version', 'utf8').trim();
  const packages = ['haproxy', 'nginx', 'stunnel4', 'hitch', 'caddy', 'libssl3', 'libssl3t64'];
  const { stdout } = await promisify(execFile)(
    'dpkg-query',
    ['-W', '-f=${Package} ${Version}\n', ...packages],
    {
      // Not every release has every package.
    },
  ).catch((error: unknown) => error as { stdout: string });
  const versions = stdout
    .split('\n')
    .filter((line) => / \S/.test(line))
    .map((line) => line.replace(/-\S*$/, '').replace(/ \d:/, ' '));
  return [
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), one of them the balancer's`,
    `Debian ${debian}, kernel ${release().replace(/-.*/, '')}, loopback`,
    `${versions.join(', ')}, Node ${process.versions.node}`,
  ];
}

/** @returns the share of processor time that the host took from this machine since this was called */
export function startStealClock(): () => number {
  const begin = ticks();
  return () => {
    const now = ticks();
    return (now.stolen - begin.stolen) / Math.max(1, now.all - begin.all);
  };
}

function ticks(): { readonly all: number; readonly stolen: number } {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const numbers = first.trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: numbers.reduce((sum, one) => sum + one, 0), stolen: numbers[7] ?? 0 };
}
