/** What costs more than 1.2 times the processor time of its cheap twin, by one measurement at least. */
export interface Dear {
  readonly what: string;
  /** How many times as much: the least and the most, where measurements differ by more than a quarter. */
  readonly least: number;
  readonly most: number;
  /** Its cheap twin. */
  readonly than: string;
  readonly each: 'connection' | 'request' | 'write' | 'check';
  /** How a declaration brings it about, and the finding that says so; or why none can, or none says so. */
  readonly declared: string;
}

const key = {
  than: 'RSA-2048',
  each: 'connection',
  declared: '`certificates`: `certificate-costly-key`',
} as const;
const reuse = { than: 'one that is kept', each: 'request' } as const;
const notOffered = 'not offered: ';

/** User and system time of HAProxy 2.6 with OpenSSL 3.0, as Aorta configures it. */
export const dear = {
  rsa3072: { ...key, what: 'a certificate with RSA-3072', ...times(3.3) },
  rsa4096: { ...key, what: 'a certificate with RSA-4096', ...times(6, 7) },
  p384: { ...key, what: 'a certificate with ECDSA P-384', ...times(1.8) },
  newConnection: {
    ...{ what: 'a new TLS connection of a client, RSA-2048 or ECDSA P-256', ...reuse, ...times(16, 28) },
    declared: '`timeouts.keepAlive` under 10 s: `connections-costly`',
  },
  resumedConnection: {
    ...{ what: 'a TLS connection of a client that resumes a session', ...reuse, ...times(11, 15) },
    declared: '`timeouts.keepAlive` under 10 s: `connections-costly`',
  },
  serverConnection: {
    ...{ what: 'a new plain connection to a server', ...reuse, ...times(2.4) },
    declared: '`connectionReuse.idle` under 10 s: `connections-costly`. Connections are always shared',
  },
  serverTlsConnection: {
    ...{ what: 'a new TLS connection to a server', ...reuse, ...times(16, 20) },
    declared: '`connectionReuse.idle` under 10 s: `connections-costly`. Connections are always shared',
  },
  tlsCheck: {
    ...{ what: 'a health check over TLS', than: 'a plain one', each: 'check', ...times(4.5) },
    declared: '`healthCheck`: `checks-costly`, when all together take a quarter of a core',
  },
  reportedWrite: {
    ...{ what: '`unansweredWrites: report`', than: '`close`', each: 'write', ...times(2, 2.7) },
    declared:
      'the default, [so that nothing is written twice](adr/0018-writes-take-an-inner-hop.md): no finding',
  },
  exchangeP384: {
    ...{ what: 'a key exchange with P-384', than: 'X25519', each: 'connection', ...times(5) },
    declared: `${notOffered}listeners have X25519 and P-256 (1.15). Towards the servers the server chooses`,
  },
  records: {
    ...{
      what: 'TLS records of one packet, for an answer of 50 KB',
      than: '16 KB',
      each: 'request',
      ...times(3.9, 4.3),
    },
    declared: `${notOffered}\`tune.ssl.maxrecord\``,
  },
  gzipLarge: {
    ...{ what: 'gzip of an answer of 50 KB', than: 'none', each: 'request', ...times(1.6, 1.7) },
    declared: `${notOffered}what servers compress passes as it is`,
  },
  buffers: {
    ...{ what: 'buffers of 64 KB', than: '16 KB', each: 'request', ...times(1.2, 1.6) },
    declared: `${notOffered}\`tune.bufsize\` stays as it is`,
  },
  udpLog: {
    ...{
      what: 'a full access log over UDP',
      than: 'to a file, or none',
      each: 'request',
      ...times(1.4, 1.8),
    },
    declared: `${notOffered}the log goes to a file, and only ours is known to hold no patient data`,
  },
} as const satisfies Record<string, Dear>;

function times(least: number, most = least): Pick<Dear, 'least' | 'most'> {
  return { least, most };
}

/** ECDSA P-256 in place of RSA-2048: what is cheap. */
export const cheapKey = times(0.6, 0.7);

/** Such as `3.3 times` or `6 to 7 times`. */
export function timesText({ least, most }: Pick<Dear, 'least' | 'most'>): string {
  return least === most ? `${least} times` : `${least} to ${most} times`;
}
