/**
 * Sends small requests to a HAProxy over two kept connections, one after the other with a millisecond in between, and
 * prints how long their answers took, in milliseconds: what somebody waits while HAProxy is asked for other things.
 *
 *     node test/bench/statistics/waiting-main.ts SOCKET SECONDS
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { quantile } from '../data-plane/statistics.ts';
import type { Waited } from './waited.ts';

const [socket = '', seconds] = process.argv.slice(2);
const until = performance.now() + Number(seconds) * 1_000;
const times = (await Promise.all([0, 1].map(send))).flat().sort((one, other) => one - other);
const at = (share: number) => quantile(times, share);
const waited: Waited = { p50: at(0.5), p99: at(0.99), p999: at(0.999), most: at(1) };
process.stdout.write(JSON.stringify(waited));

async function send(): Promise<number[]> {
  const connection = connect(socket);
  await once(connection, 'connect');
  const found: number[] = [];
  while (performance.now() < until) {
    const began = performance.now();
    const answered = once(connection, 'data');
    connection.write('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
    await answered;
    found.push(performance.now() - began);
    await pause(1);
  }
  connection.destroy();
  return found;
}
