import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openConnections, readConnections } from './open-connections.ts';

/** Guards that the kernel's tables are read as they are: a connection that is missed would be sent to another node. */
test('both families, the older one in the newer one, no listener, and none that is over', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0A00000A:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0A00000A:01BB 0101090A:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 000000FD000000000000000010000000:01BB 000009FD000000000000000001000000:C351 03 0:0 0:0 0 0 0 3
   3: 0000000000000000FFFF00000A00000A:01BB 0000000000000000FFFF00000101090A:C352 08 0:0 0:0 0 0 0 4
   4: 0A00000A:01BB 0101090A:C353 06 0:0 0:0 0 0 0 0
`;
  expect(readConnections(text)).toEqual([
    { local: '10.0.0.10', localPort: 443, remote: '10.9.1.1', remotePort: 50_000 },
    { local: 'fd00::10', localPort: 443, remote: 'fd09::1', remotePort: 50_001 },
    { local: '10.0.0.10', localPort: 443, remote: '10.9.1.1', remotePort: 50_002 },
  ]);
});

test.each(['127.86.4.1', '::1'])(
  'a real connection to %s is there, one to elsewhere is not',
  async (host) => {
    const accepted: Socket[] = [];
    const server = createServer((socket) => accepted.push(socket)).listen(0, host);
    await once(server, 'listening');
    const place = server.address();
    const port = typeof place === 'object' && place !== null ? place.port : 0;
    const client = connect(port, host);
    onTestFinished(() => {
      client.destroy();
      for (const socket of accepted) socket.destroy();
      server.close();
    });
    await Promise.all([once(client, 'connect'), once(server, 'connection')]);
    const found = await openConnections([host]);
    expect(found.filter(({ localPort }) => localPort === port)).toEqual([
      { local: host, localPort: port, remote: client.localAddress, remotePort: client.localPort },
    ]);
    expect((await openConnections(['192.0.2.1'])).length).toBe(0);
  },
);
