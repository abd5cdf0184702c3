import { probeServer } from '../dataplane/system/probe-server.ts';
import { tlsCause } from '../dataplane/system/tls-cause.ts';
import { probeTls, type TlsTarget } from '../dataplane/system/tls-handshake.ts';
import type { CheckIr, HaproxyIr } from '../ir/haproxy.ts';
import { haproxyNames } from '../ir/haproxy-names.ts';
import type { Clock } from '../kernel/clock.ts';
import { pathKey } from '../kernel/path.ts';
import type { Configuration, ConfiguredServer, ConfiguredService } from '../model/configuration.ts';
import type { RuntimeCheck, RuntimeState } from '../model/runtime-state.ts';
import { failedToConnect, mayHaveFailedInTls } from './check-words.ts';

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
 * Finds out why checks fail where HAProxy does not say. Of TLS it says no more than "SSL handshake failure", so the
 * controller makes a handshake of its own, with the same authorities and names; of a connection that is refused it does
 * not say to which port, so the controller tries the further one. Only servers that fail so, and each of them at most
 * once in ten seconds.
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
        const question = questionOf(configuration, service, server, seen?.check);
        if (question !== undefined)
          failing.set(pathKey(server.path), this.#look(pathKey(server.path), question, now));
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

  #look(key: string, question: Question, now: number): Finding {
    const identity = JSON.stringify(question);
    const known = this.#findings.get(key);
    if (known !== undefined && known.target === identity && now - known.at < interval) return known;
    const cause = question.kind === 'tls' ? this.#tryTls(question.target) : this.#tryPort(question);
    return { at: now, target: identity, cause };
  }

  async #tryTls(target: TlsTarget): Promise<string | undefined> {
    return tlsCause(await probeTls(target, limit), target, this.#clock.now());
  }

  /** Only when this further port is the reason; that the server's own port is, HAProxy says itself. */
  async #tryPort({ address, port, role }: PortQuestion): Promise<string | undefined> {
    const result = await probeServer({ address, port, check: connectOnly }, limit, this.#clock);
    const whose = role === undefined ? '' : ` (${role})`;
    return result.kind === 'passed'
      ? undefined
      : `its port ${port}${whose} does not accept connections: ${result.what}`;
  }
}

interface PortQuestion {
  readonly kind: 'port';
  readonly address: string;
  readonly port: number;
  readonly role?: string;
}

type Question = { readonly kind: 'tls'; readonly target: TlsTarget } | PortQuestion;

/** How often it is repeated does not matter to a check that is made once. */
const connectOnly: CheckIr = { kind: 'tcp', interval: 1, fastInterval: 1, downInterval: 1, fall: 1, rise: 1 };

/** What HAProxy leaves open about a failed check; undefined when it leaves nothing open. */
function questionOf(
  configuration: Configuration,
  service: ConfiguredService,
  server: ConfiguredServer,
  check: RuntimeCheck | undefined,
): Question | undefined {
  const { alsoPort } = service.pool.healthCheck;
  if (alsoPort !== undefined && failedToConnect(check)) {
    const { port, role } = alsoPort;
    return { kind: 'port', address: server.address, port, ...(role === undefined ? {} : { role }) };
  }
  const target = mayHaveFailedInTls(check) ? tlsTarget(configuration, service, server) : undefined;
  return target === undefined ? undefined : { kind: 'tls', target };
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
