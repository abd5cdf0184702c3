/** What costs more than 1.2 times the processor time of its cheap twin. */
export interface Dear {
  readonly what: string;
  /** How many times as much, the least and the most that was measured. */
  readonly least: number;
  readonly most: number;
  /** Its cheap twin. */
  readonly than: string;
  readonly each: 'new connection' | 'request';
  /** How a declaration brings it about, and the finding that says so; or that none can, for this price. */
  readonly declared: string;
  /** Where the price comes from. */
  readonly source: string;
}

const bench = 'node test/bench/dear.ts';

/** HAProxy 2.6 and OpenSSL 3.0, user and system time, as Aorta configures it. */
export const dear = {
  rsa3072: {
    ...{ what: 'a certificate with an RSA-3072 key', than: 'RSA-2048', each: 'new connection' },
    ...{ least: 3.3, most: 3.3 },
    declared: '`certificates`: finding `certificate-costly-key`',
    source: `measured (${bench})`,
  },
  rsa4096: {
    ...{ what: 'a certificate with an RSA-4096 key', than: 'RSA-2048', each: 'new connection' },
    ...{ least: 6.1, most: 9.3 },
    declared: '`certificates`: finding `certificate-costly-key`',
    source: `measured: 6.1 (${bench}), 9.3 in bare HAProxy`,
  },
  p384: {
    ...{ what: 'a certificate with an ECDSA P-384 key', than: 'RSA-2048', each: 'new connection' },
    ...{ least: 1.8, most: 1.8 },
    declared: '`certificates`: finding `certificate-costly-key`',
    source: `measured (${bench})`,
  },
} as const satisfies Record<string, Dear>;

/** ECDSA P-256 in place of RSA-2048: what is cheap. */
export const cheapKey = { least: 0.6, most: 0.7 } as const;

/** Such as `3.3 times` or `6.1 to 9.3 times`. */
export function timesText({ least, most }: Pick<Dear, 'least' | 'most'>): string {
  return least === most ? `${least} times` : `${least} to ${most} times`;
}
