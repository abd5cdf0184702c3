import type { Path } from '../kernel/path.ts';
import type { AccessLog } from './access-log.ts';
import type { Address, Network, Port } from './address.ts';
import type { AuthorityMaterial, CertificateMaterial } from './certificate-material.ts';
import type { Duration } from './duration.ts';
import type { ErrorAnswers } from './error-answers.ts';
import type { HealthCheck, PassiveCheck } from './health-check.ts';
import type { Hostname } from './hostname.ts';
import type { Name } from './name.ts';
import type { OutlierDetection } from './outlier-detection.ts';
import type { Persistence } from './persistence.ts';
import type { Retry } from './retry.ts';
import type { ServerTls } from './server-tls.ts';
import type { Timeouts } from './timeouts.ts';
import type { TlsPolicy } from './tls-policy.ts';

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
}

export interface ConfiguredHost {
  readonly name: Name;
  readonly path: Path;
  readonly address: Address;
  readonly roles: readonly Name[];
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
  readonly timeouts: Timeouts;
  /** Absent means that no Strict-Transport-Security is added. */
  readonly hstsMaxAge?: Duration;
  readonly errorAnswers: ErrorAnswers;
  readonly accessLog: AccessLog;
  readonly maxConnections: number;
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
  readonly passiveCheck?: PassiveCheck;
  /** Absent: live traffic is judged by HAProxy alone. */
  readonly outlierDetection?: OutlierDetection;
  readonly tls?: ServerTls;
  readonly retry: Retry;
  readonly connectionReuse: { readonly keepAtLeast: number; readonly idle: Duration };
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
