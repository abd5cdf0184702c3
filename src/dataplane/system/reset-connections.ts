import { isIPv6 } from 'node:net';
import { execute, findProgram } from './exec.ts';

/** In milliseconds. */
const timeLimit = 1_000;

/** So many local ports go into one filter. */
const batch = 100;

/**
 * Resets established connections of some processes to one address and port, as if the other side had: whoever waits on
 * them is told at once. Needs CAP_NET_ADMIN and a kernel with INET_DIAG_DESTROY, which Debian's is; without, nothing is done.
 * @returns how many were asked to be reset
 */
export async function resetConnections(
  pids: readonly number[],
  { address, port }: { readonly address: string; readonly port: number },
): Promise<number> {
  const program = findProgram('ss');
  if (program === undefined) return 0;
  const host = isIPv6(address) ? `[${address}]` : address;
  const filter = ['state', 'established', 'dst', host, 'and', 'dport', '=', `:${port}`];
  const listed = await execute(program, ['-H', '-t', '-n', '-p', ...filter], timeLimit);
  const ports = localPorts(listed.stdout, new Set(pids));
  for (let from = 0; from < ports.length; from += batch) {
    const some = ports.slice(from, from + batch).flatMap((one) => ['or', 'sport', '=', `:${one}`]);
    await execute(program, ['-K', '-H', '-t', '-n', ...filter, 'and', '(', ...some.slice(1), ')'], timeLimit);
  }
  return ports.length;
}

/**
 * The local ports of these processes in what `ss` lists:
 * `0 0 127.0.0.1:40956 127.77.3.2:8000 users:(("haproxy",pid=28522,fd=15))`.
 */
export function localPorts(text: string, pids: ReadonlySet<number>): number[] {
  return text.split('\n').flatMap((line) => {
    const [, port] = /^\s*\d+\s+\d+\s+\S+:(\d+)\s/.exec(line) ?? [];
    const owners = [...line.matchAll(/\bpid=(\d+),/g)].map(([, pid]) => Number(pid));
    const ours = owners.length > 0 && owners.every((pid) => pids.has(pid));
    return port !== undefined && ours ? [Number(port)] : [];
  });
}
