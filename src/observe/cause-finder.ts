import { tlsCause } from '../dataplane/system/tls-cause.ts';
import { probeTls, type TlsTarget } from '../dataplane/system/tls-handshake.ts';
import type { HaproxyIr } from '../ir/haproxy.ts';
import { haproxyNames } from '../ir/haproxy-names.ts';
import type { Clock } from '../kernel/clock.ts';
import { pathKey } from '../kernel/path.ts';
import type { Configuration, ConfiguredServer, ConfiguredService } from '../model/configuration.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import { mayHaveFailedInTls } from './check-words.ts';

/** How often one server is tried, in milliseconds: it is in trouble already. */
const interval = 10_000;
/** Short, because somebody waits for the status. In milliseconds. */
const limit = 1_500;

/** Causes by the path of the server (see {@link pathKey}). */
export type Causes = ReadonlyMap<string, string>;

interface Finding {
  readonly at: number;
  readonly target: string;
  readonly cause: Promise<string | undefined>;
}

/**
 * Finds out why TLS checks fail. HAProxy says no more than "SSL handshake failure", so the controller makes a
 * handshake of its own, with the same authorities and names: only to servers that may have failed in TLS, and to each
 * of them at most once in ten seconds.
 */
export class CauseFinder {
  readonly #clock: Clock;
  readonly #findings = new Map<string, Finding>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async find(configuration: Configuration, ir: HaproxyIr, state: RuntimeState): Promise<Causes> {
    const names = haproxyNames(ir);
    const now = this.#clock.now();
    const failing = new Map<string, Finding>();
    for (const service of configuration.virtualServices) {
      for (const server of service.pool.servers) {
        const name = names.server(service, server);
        const seen = state.servers.find((one) => one.backend === name?.backend && one.name === name.name);
        const target = mayHaveFailedInTls(seen?.check)
          ? tlsTarget(configuration, service, server)
          : undefined;
        if (target !== undefined)
          failing.set(pathKey(server.path), this.#look(pathKey(server.path), target, now));
      }
    }
    // What works again, or is gone, is forgotten; a new fault is looked at at once.
    this.#findings.clear();
    for (const [key, finding] of failing) this.#findings.set(key, finding);
    const causes = await Promise.all(
      [...failing].map(async ([key, { cause }]) => [key, await cause] as const),
    );
    return new Map(causes.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  #look(key: string, target: TlsTarget, now: number): Finding {
    const identity = JSON.stringify(target);
    const known = this.#findings.get(key);
    if (known !== undefined && known.target === identity && now - known.at < interval) return known;
    const cause = probeTls(target, limit).then((observation) =>
      tlsCause(observation, target, this.#clock.now()),
    );
    return { at: now, target: identity, cause };
  }
}

/** The handshake that the check makes; undefined for a pool without TLS. */
function tlsTarget(
  configuration: Configuration,
  { pool }: ConfiguredService,
  server: ConfiguredServer,
): TlsTarget | undefined {
  const { tls, healthCheck } = pool;
  if (tls === undefined) return undefined;
  // HAProxy verifies the name it asks for; that of the pool only when it asks for none.
  const sni = healthCheck.type === 'https' ? healthCheck.sni : undefined;
  const where = { address: server.address, port: healthCheck.port ?? server.port };
  if (tls.verify === 'none') {
    const askFor = sni ?? tls.serverName;
    return { ...where, ...(askFor === undefined ? {} : { askFor }) };
  }
  const authority = configuration.authorities.find(({ name }) => name === tls.authority);
  const authorities = authority?.material.certificates ?? [];
  const asked = sni ?? tls.serverName;
  return { ...where, authorities, askFor: asked, mustCover: asked };
}
