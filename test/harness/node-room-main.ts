/**
 * Run inside a network of its own: `node-room-main.ts ORDER`, a {@link RoomOrder} as JSON. Says `ready` when all of it
 * listens, and ends with its standard input, which it also does when the test that holds the other side is killed.
 */
import { execFileSync } from 'node:child_process';
import { createServer as createHttp } from 'node:http';
import { connect, createServer } from 'node:net';
import { bridgeTo } from './bridge.ts';
import type { RoomOrder } from './node-room.ts';

const { servers, taken, relay, api, exits, front } = JSON.parse(process.argv[2] ?? '') as RoomOrder;

execFileSync('ip', ['link', 'set', 'dev', 'lo', 'up']);
if (front !== undefined) {
  // The other end of the cable; when it is down, the interface has no link.
  execFileSync('ip', ['link', 'add', 'front', 'type', 'veth', 'peer', 'name', 'far']);
  execFileSync('ip', ['address', 'add', front.address, 'dev', 'front']);
  execFileSync('ip', ['link', 'set', 'dev', 'front', 'up']);
  if (front.linked) execFileSync('ip', ['link', 'set', 'dev', 'far', 'up']);
}
for (const { address, port } of servers) {
  await listening((done) => createHttp((_, response) => response.end()).listen(port, address, done));
}
for (const { address, port } of taken) await listening((done) => createServer().listen(port, address, done));
const entry = bridgeTo(() => connect(api.port, api.address));
await listening((done) => entry.listen(relay, done));
for (const { address, port, socket } of exits) {
  await listening((done) => bridgeTo(() => connect(socket)).listen(port, address, done));
}
process.stdout.write('ready\n');

process.stdin.resume().once('end', () => process.exit(0));

function listening(listen: (done: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => void listen(resolve));
}
