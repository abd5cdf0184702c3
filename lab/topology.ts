import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readPositioned } from './positioned-yaml.ts';

/** What a process of the estate does. The words are those of MEDITECH's own requirements list. */
export const ROLES = ['api', 'cache', 'platform-service', 'file-library', 'monitor-service'] as const;
export type Role = (typeof ROLES)[number];

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a name has lower-case letters, digits and dashes');
const hostname = z
  .string()
  .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+example$/, 'a lab host name ends in .example');
const port = z.int().min(1).max(65_535);

const service = z.discriminatedUnion('role', [
  z.strictObject({
    role: z.literal('api'),
    transport: z.enum(['plain', 'tls']).optional(),
    port: port.optional(),
  }),
  z.strictObject({ role: z.literal('cache'), port }),
  z.strictObject({ role: z.literal('platform-service'), port }),
  z.strictObject({ role: z.literal('file-library'), port }),
  z.strictObject({ role: z.literal('monitor-service'), port }),
]);

const machine = z.strictObject({
  host: z.int().min(1).max(254).describe('last number of the address inside the loopback /24 given at start'),
  services: z.array(service).min(1),
});

export const topologySchema = z
  .strictObject({
    description: z.string().min(1),
    population: z.strictObject({
      patients: z.int().min(1).max(5_000),
      seed: z.int().min(0),
    }),
    caches: z
      .enum(['replicated', 'isolated'])
      .default('replicated')
      .describe('whether several Cache services copy to each other'),
    hostnames: z.strictObject({ apis: hostname, apps: hostname }),
    machines: z.record(name, machine),
  })
  .superRefine((topology, context) => {
    const problem = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    const machines = Object.entries(topology.machines);
    const all = machines.flatMap(([, { services }]) => services.map(({ role }) => role));
    for (const role of ROLES) {
      if (!all.includes(role)) problem(['machines'], `no machine has the role ${role}`);
    }
    const owners = new Map<number, string>();
    for (const [key, { host, services }] of machines) {
      const owner = owners.get(host);
      if (owner !== undefined)
        problem(['machines', key, 'host'], `${host} is already the address of ${owner}`);
      owners.set(host, key);
      const roles = services.map(({ role }) => role);
      if (new Set(roles).size < roles.length)
        problem(['machines', key, 'services'], 'a role is listed twice');
    }
    if (topology.hostnames.apis === topology.hostnames.apps) {
      problem(['hostnames', 'apps'], 'apis and apps need different host names');
    }
  });

export type Topology = z.output<typeof topologySchema>;

/** A topology file that cannot be used; the message lists every finding as `file:line:column path: what`. */
export class TopologyError extends Error {
  override readonly name = 'TopologyError';
}

/** Parses a topology. `label` is the file name printed in findings. Throws {@link TopologyError}. */
export function parseTopology(text: string, label: string): Topology {
  const read = readPositioned(text, label, topologySchema);
  if (!read.ok) throw new TopologyError(read.findings.join('\n'));
  return read.value;
}

/** Loads a topology by name (a file in `lab/topologies`) or by path (anything with a slash or a dot). */
export async function loadTopology(nameOrPath: string): Promise<Topology> {
  const named = !/[/.]/.test(nameOrPath);
  const path = named ? join(import.meta.dirname, 'topologies', `${nameOrPath}.yaml`) : nameOrPath;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TopologyError(`there is no topology ${nameOrPath} (looked for ${path})`, { cause });
  });
  return parseTopology(text, basename(path));
}
