import { createServer as createHttp } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AddressProbe, type ProbeTarget } from '../../src/cli/nodes/address-probe.ts';
import { type Address, Port } from '../../src/model/address.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';

/** Guards that a rehearsal says what clients would notice, and of which addresses it knows nothing. */
const port = Port.parse(8080);
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const target = (): ProbeTarget => ({ address: loopbackAddress() as Address, port, tls: false });

async function answering({ address }: ProbeTarget): Promise<() => void> {
  const server = createHttp((_request, response) => response.writeHead(401).end());
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  ends.push(end);
  return end;
}

/** Takes connections and says nothing. */
async function mute({ address }: ProbeTarget): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => open.add(socket));
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  ends.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
}

test('every answer counts, an error too; an address that says nothing is named', async () => {
  const [one, other] = [target(), target()];
  await answering(one);
  await mute(other);
  const probe = new AddressProbe([one, other], Date.now);
  await until('it was asked for a while', () => (probe.report().sent > 20 ? true : undefined));
  expect(probe.report()).toMatchObject({ failed: 0, reasons: {}, unreached: [other.address] });
  for (const end of ends.splice(0)) end();
  await probe.end();
});

test('what is refused or broken off has failed, with the reason, and the gap is measured', async () => {
  const one = target();
  const end = await answering(one);
  const probe = new AddressProbe([one], Date.now);
  await until('it answers', () => (probe.report().unreached.length === 0 ? true : undefined));
  end();
  await until('it does not', () => (probe.report().failed > 10 ? true : undefined));
  await answering(one);
  const before = probe.report();
  await until('it answers again', () =>
    probe.report().sent > before.failed + before.sent + 10 ? true : undefined,
  );
  await probe.end();
  const { failed, longestGap, reasons } = probe.report();
  expect(Object.keys(reasons)).toContain('ECONNREFUSED');
  expect(Object.values(reasons).reduce((sum, count) => sum + count, 0)).toBe(failed);
  expect(longestGap).toBeGreaterThan(100);
});
