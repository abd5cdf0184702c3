import { createServer as createTcp, type Socket } from 'node:net';
import { createSecureContext, createServer, type TlsOptions } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { authority, type Issued, OpensslFixture, server } from '../../pki/openssl-fixture.ts';
import { greet } from './greet.ts';

const name = 'mtrestapis-live01.stelsewhere.example';
let pki: OpensslFixture;
let root: Issued;
let middle: Issued;
let leaf: Issued;
beforeAll(() => {
  pki = new OpensslFixture();
  root = pki.issue({ subject: '/CN=Hospital Root', extensions: authority });
  middle = pki.issue({ subject: '/CN=Hospital Issuing', issuer: root, extensions: authority });
  leaf = pki.issue({ subject: '/CN=api', issuer: middle, extensions: server(name) });
});
afterAll(() => pki.close());

/** Of the DER form, by the openssl command. */
function fingerprint({ certificateFile }: Issued): string {
  const text = pki.run('x509', '-noout', '-fingerprint', '-sha1', '-in', certificateFile).toString();
  return (text.split('=')[1] ?? '').trim().replaceAll(':', '').toLowerCase();
}

async function listen(tls: TlsOptions | undefined, address: string, accept?: (socket: Socket) => void) {
  const listener = tls === undefined ? createTcp(accept) : createServer(tls, accept);
  const open = new Set<Socket>();
  listener.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => listener.listen(0, address, resolve));
  onTestFinished(() => {
    listener.close();
    for (const socket of open) socket.destroy();
  });
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  return { address, port: bound.port };
}

const pair = (...[first, ...chain]: readonly [Issued, ...Issued[]]): TlsOptions => ({
  cert: [first, ...chain].map(({ certificate }) => certificate).join(''),
  key: first.key,
});

test('nobody listens', async () => {
  expect(await greet({ address: '127.211.4.1', port: 9 }, name, 5_000)).toEqual({
    kind: 'failed',
    what: 'the listener refuses connections',
  });
});

test('a listener that accepts and says nothing is given up in time', async () => {
  const silent = await listen(undefined, '127.211.4.2');
  const begun = performance.now();
  expect(await greet(silent, name, 300)).toEqual({
    kind: 'failed',
    what: 'the listener does not answer a TLS handshake within 300 ms',
  });
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a listener that speaks no TLS', async () => {
  const plain = await listen(undefined, '127.211.4.3', (socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'));
  expect(await greet(plain, name, 5_000)).toEqual({
    kind: 'failed',
    what: 'the listener does not speak TLS on this port',
  });
});

test('the chain is that which is sent, leaf first, neither completed nor cut', async () => {
  const chains: readonly [Issued, ...Issued[]][] = [[leaf], [leaf, middle], [leaf, middle, root], [root]];
  for (const chain of chains) {
    const place = await listen(pair(...chain), '127.211.4.4');
    expect(await greet(place, undefined, 5_000)).toEqual({
      kind: 'chain',
      fingerprints: chain.map(fingerprint),
    });
  }
});

test('the certificate is that of the name asked for; an address is not asked for', async () => {
  const other = pki.issue({ subject: '/CN=other', issuer: root, extensions: server('other.example') });
  const asked: string[] = [];
  const place = await listen(
    {
      ...pair(leaf),
      SNICallback: (servername, done) => {
        asked.push(servername);
        done(null, createSecureContext(pair(other)));
      },
    },
    '127.211.4.5',
  );
  const fingerprints = async (askFor?: string) => {
    const greeting = await greet(place, askFor, 5_000);
    return greeting.kind === 'chain' ? greeting.fingerprints : greeting.what;
  };
  expect(await fingerprints('other.example')).toEqual([fingerprint(other)]);
  expect(await fingerprints('127.211.4.5')).toEqual([fingerprint(leaf)]);
  expect(await fingerprints()).toEqual([fingerprint(leaf)]);
  expect(asked).toEqual(['other.example']);
});

test.each(['0.0.0.0', '::', '::1'])(
  'a listener on %s is found, and is left with a goodbye and not a byte of data',
  async (address) => {
    const ended: Promise<Buffer>[] = [];
    const place = await listen(pair(leaf, middle), address, (socket) => {
      ended.push(socket.toArray().then((parts) => Buffer.concat(parts)));
    });
    expect(await greet(place, name, 5_000)).toMatchObject({ kind: 'chain' });
    expect(await Promise.all(ended)).toEqual([Buffer.alloc(0)]);
  },
);
