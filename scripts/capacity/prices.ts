/** What one thing costs a machine that runs Aorta, and where the number comes from. */
export interface Price {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
}

/**
 * Processor time, memory and time of HAProxy 2.6 with OpenSSL 3.0 as Aorta renders it. Measured on one core of a small virtual
 * machine; a core of yours may be faster or slower by half, so measure one request there first.
 */
export const prices = {
  smallRequest: {
    value: 60,
    unit: 'µs',
    source:
      'a request of 2 KB on a kept connection, with the access log, the checks of the request and the limits',
  },
  bridgedRequest: { value: 75, unit: 'µs', source: 'the same with TLS to the server' },
  largeAnswer: { value: 55, unit: 'µs', source: 'what an answer of 50 KB costs more than one of 2 KB' },
  handshake: { value: 540, unit: 'µs', source: 'a new TLS 1.3 connection, ECDSA P-256' },
  rsaHandshake: { value: 670, unit: 'µs', source: 'the same with RSA-2048' },
  resumedHandshake: { value: 335, unit: 'µs', source: 'a TLS 1.3 connection that resumes a session' },
  plainCheck: { value: 120, unit: 'µs', source: 'a health check over plain HTTP' },
  tlsCheck: { value: 830, unit: 'µs', source: 'a health check over TLS, a new connection each time' },
  connection: { value: 17, unit: 'KiB', source: 'an open TLS connection, idle' },
  siteMemory: {
    value: 0.45,
    unit: 'MiB',
    source: 'what HAProxy needs for one more site; twice during a reload',
  },
  ownMemory: {
    value: 600,
    unit: 'MiB',
    source: 'Debian, the controller, the watchdog, keepalived and HAProxy without a site',
  },
  siteCheck: {
    value: 7,
    unit: 'ms',
    source: 'what one more site adds to `haproxy -c`; a reload takes about twice as long',
  },
} as const satisfies Record<string, Price>;
