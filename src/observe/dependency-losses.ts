import type { ConfiguredDependency, ConfiguredService } from '../model/configuration.ts';
import type { HostStatus, WatchStatus } from '../model/status.ts';
import { sinceWords } from './since-words.ts';

/** Machines that a service needs and that are down. */
export interface DependencyLoss {
  /** False: the service counts as healthy all the same. */
  readonly needed: boolean;
  /** For the operator: which, since when, HAProxy's reason, and what it means. Stays the same while it lasts. */
  readonly sentence: string;
}

/** What of the machines behind the servers of a service is down, role by role. Its pool is never touched by it. */
export function dependencyLosses(
  { dependsOn = [] }: ConfiguredService,
  hosts: readonly HostStatus[],
): DependencyLoss[] {
  return dependsOn.flatMap((dependency) => lossOf(dependency, hosts) ?? []);
}

function lossOf(dependency: ConfiguredDependency, hosts: readonly HostStatus[]): DependencyLoss | undefined {
  const { role, needed } = dependency;
  const mine = hosts.filter(({ name }) => dependency.hosts.includes(name));
  const down = mine.flatMap((host) => {
    const failing = host.watches.filter(
      (watch) => watch.state === 'down' && (watch.role === undefined || watch.role === role),
    );
    return failing.length === 0 ? [] : [failing.map((watch) => faultOf(host, role, watch)).join(' ')];
  });
  if (down.length === 0) return undefined;
  const left = dependency.hosts.length - down.length;
  const meaning = left > 0 ? degraded(role, left, dependency.hosts.length) : gone(dependency);
  return { needed, sentence: `${down.join(' ')} ${meaning} Servers stay in service.` };
}

function faultOf({ name, address }: HostStatus, role: string, { type, port, check, since }: WatchStatus) {
  const verb = type === 'tcp' ? 'does not accept connections' : 'does not pass its check';
  const why = check === undefined ? '' : `: ${check}`;
  const when = since === undefined ? '' : `, ${sinceWords(since)}`;
  return `${name} (${role}, ${address}) ${verb} on port ${port}${why}${when}.`;
}

function degraded(role: string, left: number, all: number): string {
  return `${left} of ${all} machines with the role ${role} ${left === 1 ? 'is' : 'are'} left.`;
}

function gone({ role, hosts, needed, effect }: ConfiguredDependency): string {
  const all = hosts.length === 1 ? '' : `No machine with the role ${role} is left. `;
  if (effect !== undefined) return `${all}${/[.!?]$/.test(effect) ? effect : `${effect}.`}`;
  return needed ? `${all}Requests that need it fail.` : `${all}Requests are served all the same.`;
}
