import { descriptorsNeeded } from '../../ir/descriptors.ts';
import { memoryBudget } from '../../ir/memory-budget.ts';
import { toAddress } from '../../model/address.ts';
import type { Problem } from '../port.ts';
import { type BindProbe, probeBind } from '../system/bind-probe.ts';
import { descriptorLimit } from '../system/descriptors.ts';
import { availableMemory } from '../system/memory.ts';
import type { Outline, OutlineBind } from './outline.ts';

/**
 * Finds what HAProxy's own check does not look for. It matters because a reload that cannot bind one listener
 * freezes all of them for two seconds before the old configuration goes on (measured).
 * @param running the outline of what HAProxy runs now; absent when it does not run
 * @param coming addresses that this machine will have before HAProxy needs them
 */
export async function preflight(
  next: Outline,
  running: Outline | undefined,
  coming: ReadonlySet<string> = new Set(),
): Promise<readonly Problem[]> {
  const held = new Set(running?.binds.map(place));
  const added = next.binds.filter((bind) => !held.has(place(bind)));
  const problems = await Promise.all(
    added.map(async (bind) => {
      const probe = await probeBind(bind.address, bind.port, bind.ipv6Only);
      // One address and the wildcard above it, both ours: HAProxy gives up the old listener for the new one, at
      // the price of refused connections for some milliseconds (measured).
      const byUs = running?.binds.some((held) => held.port === bind.port && overlaps(held, bind)) ?? false;
      if (probe.kind === 'taken' && byUs) return undefined;
      if (probe.kind === 'not-local' && coming.has(toAddress(bind.address) ?? '')) return undefined;
      return explain(bind, probe);
    }),
  );
  const [limit, available] = await Promise.all([descriptorLimit(), availableMemory()]);
  return [...problems, descriptorProblem(next, limit), memoryProblem(next, available)].filter(
    (problem) => problem !== undefined,
  );
}

export function descriptorProblem(outline: Outline, limit: number): Problem | undefined {
  const needed = descriptorsNeeded({
    connections: outline.maxConnections ?? 0,
    listeners: outline.binds.length,
    servers: outline.servers.length,
  });
  if (needed <= limit) return undefined;
  return {
    code: 'descriptor-limit',
    what: `up to ${needed} files would be open at once, and the limit is ${limit}`,
    mend: `raise the limit of open files of the controller (LimitNOFILE, ulimit -n) to ${needed}, or lower maxConnections`,
  };
}

/** Only a warning: HAProxy takes memory as connections come, and the limit may be far above what ever comes. */
export function memoryProblem(outline: Outline, available: number): Problem | undefined {
  const connections = (outline.maxConnections ?? 0) - outline.hopConnections;
  // All services as one: the file is what is loaded, and its outline does not tell which connection is whose.
  const { bytes: needed } = memoryBudget([
    {
      name: 'all',
      connections,
      hops: outline.hopConnections,
      tlsToClients: outline.binds.some(({ tls }) => tls),
      tlsToServers: outline.servers.some(({ definition }) => definition.split(' ').includes('ssl')),
      stickEntries: outline.stickEntries,
    },
  ]);
  if (needed <= available) return undefined;
  return {
    code: 'memory-limit',
    severity: 'warning',
    what: `all ${connections} connections at once would need up to ${mebibytes(needed)} of memory (aorta explain shows the arithmetic), and ${mebibytes(available)} are available`,
    mend: 'lower maxConnections to what the site needs, or give the machine more memory',
  };
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}

function place({ address, port }: OutlineBind): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function overlaps(held: OutlineBind, wanted: OutlineBind): boolean {
  return isWildcard(held.address) || isWildcard(wanted.address);
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function explain(bind: OutlineBind, probe: BindProbe): Problem | undefined {
  const where = place(bind);
  switch (probe.kind) {
    case 'free':
      return undefined;
    case 'taken':
      return {
        code: 'address-taken',
        line: bind.line,
        what: `another program listens on ${where}`,
        mend: `end it (\`ss -ltnp 'sport = :${bind.port}'\` names it), or choose another address or port`,
      };
    case 'not-local':
      if (bind.transparent) return undefined;
      return {
        code: 'address-not-local',
        line: bind.line,
        what: `${bind.address} is not an address of this machine`,
        mend: 'add the address to an interface (`ip address add`), or correct it',
      };
    case 'not-permitted':
      return {
        code: 'address-not-permitted',
        line: bind.line,
        what: `this account may not listen on ${where}`,
        mend: 'run as root, give the service CAP_NET_BIND_SERVICE, or choose a port above 1023',
      };
    case 'other':
      return {
        code: 'address-not-local',
        line: bind.line,
        what: `${where} cannot be bound (${probe.error})`,
        mend: 'see whether the machine has this kind of address',
      };
  }
}
