import type { Path } from '../kernel/path.ts';
import type { Secret } from '../kernel/secret.ts';
import type { AccessLog } from './access-log.ts';
import type { Address, Network, Port } from './address.ts';
import type { AuthorityMaterial, CertificateMaterial } from './certificate-material.ts';
import type { ClientLimits } from './client-limits.ts';
import type { DeepCheck } from './deep-check.ts';
import type { Duration } from './duration.ts';
import type { ErrorAnswers } from './error-answers.ts';
import type { Ha } from './ha.ts';
import type { HealthCheck, PassiveCheck } from './health-check.ts';
import type { Hostname } from './hostname.ts';
import type { Name } from './name.ts';
import type { OutlierDetection } from './outlier-detection.ts';
import type { Persistence } from './persistence.ts';
import type { ServerLimit } from './pool.ts';
import type { Retry } from './retry.ts';
import type { ServerTls } from './server-tls.ts';
import type { Timeouts } from './timeouts.ts';
import type { TlsPolicy } from './tls-policy.ts';
import type { Watch } from './watch.ts';

/**
 * The validated, expanded and normalised desired state, deeply frozen. Every reference is resolved, every
 * list that was a mapping is sorted by name, every default is filled in: what is compiled needs no
 * further decision. `path` leads back to the (expanded) declaration.
 */
export interface Configuration {
  readonly site: string;
  readonly hosts: readonly ConfiguredHost[];
  /** Only authorities that a pool uses. */
  readonly authorities: readonly ConfiguredAuthority[];
  /** Only certificates that a listener uses. */
  readonly certificates: readonly ConfiguredCertificate[];
  readonly virtualServices: readonly ConfiguredService[];
  /** Absent: one machine alone. */
  readonly ha?: ConfiguredHa;
}

/** The machines that stand in for each other, and the addresses that move between them. */
export interface ConfiguredHa {
  readonly path: Path;
  /** Sorted by name; two or more. Their addresses are of one IP family. */
  readonly nodes: readonly ConfiguredNode[];
  readonly profile: Ha['profile'];
  /** Absent: nothing is asked whether the network is there. */
  readonly gateway?: Address;
  /** Where the nodes hand each other their tables. */
  readonly peersPort: Port;
  /** Sorted by name; with {@link announce} one, which does not move. */
  readonly groups: readonly ConfiguredGroup[];
  /** Absent: the addresses move between the nodes. */
  readonly announce?: ConfiguredAnnouncement;
}

/** All nodes hold all addresses, and announce them to these. */
export interface ConfiguredAnnouncement {
  readonly path: Path;
  readonly localAs: number;
  /** Sorted by name; one or more. */
  readonly routers: readonly ConfiguredRouter[];
  readonly bfd: boolean;
}

export interface ConfiguredRouter {
  readonly name: Name;
  readonly path: Path;
  readonly address: Address;
  readonly as: number;
}

export interface ConfiguredNode {
  readonly name: Name;
  readonly path: Path;
  readonly address: Address;
  readonly pairAddress: Address;
}

export interface ConfiguredGroup {
  readonly name: Name;
  readonly path: Path;
  /** Sorted; at least one of the IP family of the nodes. */
  readonly addresses: readonly Address[];
  /** Absent: nobody takes them back. */
  readonly preferred?: Name;
  readonly virtualRouterId: number;
}

export interface ConfiguredHost {
  readonly name: Name;
  readonly path: Path;
  readonly address: Address;
  readonly roles: readonly Name[];
  /** Sorted by port. Absent: nothing of it is watched. */
  readonly watches?: readonly ConfiguredWatch[];
}

export interface ConfiguredWatch {
  readonly path: Path;
  readonly watch: Watch;
}

/** Machines of one role that the servers of a service need. */
export interface ConfiguredDependency {
  readonly role: Name;
  readonly path: Path;
  /** Sorted. */
  readonly hosts: readonly Name[];
  /** False: its loss does not make the service worse than healthy. */
  readonly needed: boolean;
  /** A sentence: what its loss means. */
  readonly effect?: string;
}

export interface ConfiguredAuthority {
  readonly name: Name;
  readonly path: Path;
  readonly material: AuthorityMaterial;
}

export interface ConfiguredCertificate {
  readonly name: Name;
  readonly path: Path;
  readonly material: CertificateMaterial;
}

export interface ConfiguredService {
  readonly name: Name;
  readonly path: Path;
  readonly hostnames: readonly Hostname[];
  /** Sorted by port, then address. */
  readonly listeners: readonly ConfiguredListener[];
  /** Absent means everybody may use the service. */
  readonly allow?: readonly Network[];
  readonly pool: ConfiguredPool;
  /** Sorted by role. Absent: none is declared. */
  readonly dependsOn?: readonly ConfiguredDependency[];
  readonly timeouts: Timeouts;
  /** Absent means that no Strict-Transport-Security is added. */
  readonly hstsMaxAge?: Duration;
  readonly errorAnswers: ErrorAnswers;
  readonly accessLog: AccessLog;
  readonly maxConnections: number;
  /** Absent means a share of {@link maxConnections}. */
  readonly maxConnectionsPerSource?: number;
  /** Absent means no limit, and nobody exempt from the others. */
  readonly limits?: ClientLimits;
}

interface Where {
  readonly path: Path;
  readonly address: Address;
  readonly port: Port;
}

export type ConfiguredListener =
  | (Where & {
      readonly protocol: 'https';
      /** Names of certificates in the order of preference; the first is the default. */
      readonly certificates: readonly Name[];
      readonly alpn: readonly ('h2' | 'http/1.1')[];
      readonly tls: TlsPolicy;
    })
  | (Where & { readonly protocol: 'http' })
  | (Where & {
      readonly protocol: 'redirect';
      /** The port of the https listener that clients are sent to. */
      readonly targetPort: Port;
    });

export interface ConfiguredPool {
  readonly path: Path;
  /** Sorted by name. */
  readonly servers: readonly ConfiguredServer[];
  readonly balance: 'leastconn' | 'roundrobin';
  readonly persistence: Persistence;
  readonly healthCheck: HealthCheck;
  /** In the order of the declaration; absent: none. HAProxy knows nothing of them. */
  readonly deepChecks?: readonly ConfiguredDeepCheck[];
  readonly passiveCheck?: PassiveCheck;
  /** Absent: live traffic is judged by HAProxy alone. */
  readonly outlierDetection?: OutlierDetection;
  readonly tls?: ServerTls;
  /** Absent means as many requests as come. */
  readonly serverLimit?: ServerLimit;
  readonly retry: Retry;
  readonly whenAllFail: 'serve' | 'refuse';
  /** Absent: never. */
  readonly endSessionsAfter?: Duration;
  readonly connectionReuse: { readonly keepAtLeast: number; readonly idle: Duration };
}

export interface ConfiguredDeepCheck {
  readonly name: Name;
  readonly path: Path;
  readonly check:
    | Extract<DeepCheck, { type: 'document' }>
    /** With what the file of the secret held. */
    | (Omit<Extract<DeepCheck, { type: 'transaction' }>, 'clientSecret'> & { readonly secret: Secret });
}

export interface ConfiguredServer {
  readonly name: Name;
  readonly path: Path;
  /** The host it runs on, when declared in `hosts`. */
  readonly host?: Name;
  readonly address: Address;
  readonly port: Port;
  readonly weight: number;
  readonly maxConnections?: number;
}
