import type { DeepProbe } from '../dataplane/probe-port.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import { haproxyNames } from '../ir/haproxy-names.ts';
import type { Configuration, ConfiguredDeepCheck, ConfiguredService } from '../model/configuration.ts';
import type { Name } from '../model/name.ts';

/** One deep check of one server. Names of pool and server are those of haproxy.cfg. */
export interface DeepTarget {
  readonly backend: string;
  readonly server: string;
  readonly rung: Name;
  readonly probe: DeepProbe;
  /** In maintenance nobody asks a server anything. */
  readonly asleep: boolean;
}

/** Every deep check of every server, in the order of the declaration. */
export function deepTargets(configuration: Configuration, ir: HaproxyIr): DeepTarget[] {
  const names = haproxyNames(ir);
  return configuration.virtualServices.flatMap((service) => {
    const { servers, deepChecks = [] } = service.pool;
    if (deepChecks.length === 0) return [];
    const tls = tlsOf(configuration, service);
    return servers.flatMap((server) => {
      const named = names.server(service, server);
      if (named === undefined) return [];
      return deepChecks.map(
        ({ name, check }): DeepTarget => ({
          backend: named.backend,
          server: named.name,
          rung: name,
          probe: {
            address: server.address,
            port: server.port,
            ...(tls === undefined ? {} : { tls }),
            host: check.host ?? service.hostnames[0] ?? bracketed(server.address),
            check,
          },
          asleep: named.admin === 'maintenance',
        }),
      );
    });
  });
}

function tlsOf({ authorities }: Configuration, { pool: { tls } }: ConfiguredService): DeepProbe['tls'] {
  if (tls === undefined) return undefined;
  const name = tls.serverName === undefined ? {} : { serverName: tls.serverName };
  if (tls.verify === 'none') return name;
  const authority = authorities.find((one) => one.name === tls.authority);
  // A bundle that is not there trusts nobody, as an empty one does.
  return { ...name, authorities: authority?.material.certificates ?? [] };
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Whether two probes ask the same of the same server, however often: then what is known stays known. */
export function asksTheSame(one: DeepProbe, other: DeepProbe): boolean {
  return asked(one) === asked(other) && secretOf(one.check) === secretOf(other.check);
}

function asked({ address, port, tls, host, check }: DeepProbe): string {
  const { interval: _, timeout: __, fall: ___, rise: ____, ...what } = check;
  return JSON.stringify([address, port, tls, host, what]);
}

function secretOf(check: ConfiguredDeepCheck['check']): string | undefined {
  return check.type === 'transaction' ? check.secret.reveal() : undefined;
}
