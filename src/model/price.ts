/** What one thing costs a machine that runs Aorta, and how that is known. */
export interface Price {
  readonly value: number;
  readonly unit: string;
  readonly of: string;
  readonly known: string;
}

/** With HAProxy 2.6 and OpenSSL 3.0, on one core of a small virtual machine. */
export const prices = {
  smallRequest: {
    value: 45,
    unit: 'µs',
    of: 'a request of 2 KB on a kept connection, with the access log, the checks of the request and the limits',
    known: 'measured: 39 to 57, the median 43, beside other work',
  },
  bridgedRequest: {
    value: 50,
    unit: 'µs',
    of: 'the same with TLS to the server',
    known: 'measured: 45 to 51, beside other work',
  },
  largeAnswer: {
    value: 50,
    unit: 'µs',
    of: 'what an answer of 50 KB costs more than one of 2 KB',
    known: 'measured, bare HAProxy',
  },
  handshake: {
    value: 540,
    unit: 'µs',
    of: 'a new TLS 1.3 connection, ECDSA P-256',
    known: 'measured: 450 to 540 in bare HAProxy; 530 to 620 with all of the above, beside other work',
  },
  rsaHandshake: {
    value: 670,
    unit: 'µs',
    of: 'the same with RSA-2048',
    known: 'measured: 620 to 670 in bare HAProxy; 720 to 840 with all of the above, beside other work',
  },
  resumedHandshake: {
    value: 335,
    unit: 'µs',
    of: 'a TLS 1.3 connection that resumes a session',
    known: 'measured in bare HAProxy; 410 with all of the above, beside other work',
  },
  plainCheck: {
    value: 130,
    unit: 'µs',
    of: 'a health check over plain HTTP',
    known: 'measured with 400 servers',
  },
  tlsCheck: {
    value: 830,
    unit: 'µs',
    of: 'a health check over TLS, a new connection each time',
    known: 'measured with 400 servers',
  },
  connection: { value: 17, unit: 'KiB', of: 'an open TLS connection, idle', known: 'measured with 5,000' },
  ownMemory: {
    value: 600,
    unit: 'MiB',
    of: 'Debian, the controller, the watchdog, keepalived, and HAProxy without a site',
    known: 'assumed',
  },
} as const satisfies Record<string, Price>;
