import { pathWords } from '../../../src/blueprints/meditech/restful-api/path-words.ts';
import { hostname, serverAddresses } from '../data-plane/place.ts';

/** Keys that a certificate of the bench can have. */
export const keyKinds = {
  'rsa-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-3072': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  'rsa-4096': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  'p-256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'p-384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'p-521': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
} as const;
export type KeyKind = keyof typeof keyKinds;

/** What of a service a side of a pair has otherwise than the others. */
export interface Difference {
  readonly key?: KeyKind;
  readonly bridging?: boolean;
  /** Of the virtual service. */
  readonly service?: Readonly<Record<string, unknown>>;
  /** Of its pool. */
  readonly pool?: Readonly<Record<string, unknown>>;
  readonly pathWords?: readonly string[];
  readonly longPaths?: readonly string[];
}

export const servers = 2;

/** A service with what the blueprint gives every service, as a declaration. YAML has JSON in it. */
export function declared(
  address: string,
  port: number,
  files: { readonly keys: Readonly<Record<KeyKind, string>>; readonly ca: string },
  { key = 'p-256', bridging = false, service = {}, pool = {}, ...words }: Difference,
): string {
  const toServers = bridging
    ? { tls: { verify: 'required', authority: 'ca', serverName: hostname } }
    : { trustedSegment: 'loopback of the bench' };
  const byName = Object.fromEntries(
    serverAddresses
      .slice(0, servers)
      .map((address, index) => [`api-${index + 1}`, { address, port: bridging ? 443 : 80 }]),
  );
  return JSON.stringify({
    aorta: 'v1',
    site: 'Dear',
    certificates: { own: { pem: files.keys[key] } },
    ...(bridging ? { authorities: { ca: { ca: files.ca } } } : {}),
    virtualServices: {
      one: {
        hostnames: [hostname],
        listeners: [{ protocol: 'https', address, port, certificates: ['own'] }],
        // Few enough to fit into the descriptors of one process.
        maxConnections: 1_000,
        hsts: {},
        accessLog: {
          pathWords: [...pathWords, ...(words.pathWords ?? [])],
          requestIdHeader: 'mtrestapi-requestid',
        },
        timeouts: {
          long: { paths: ['$export', 'bulk-data-files', 'Binary', ...(words.longPaths ?? [])] },
          keepAlive: '5m',
        },
        errorAnswers: { fhirPaths: ['/v1/uscore/R4', '/v2/uscore/STU6'] },
        pool: {
          servers: byName,
          ...toServers,
          serverLimit: { requests: 100 },
          // Checks come by the clock and not by the request.
          healthCheck: { type: 'tcp', interval: '1m' },
          ...pool,
        },
        ...service,
      },
    },
  });
}
