/** What the switches and machines of a pair do, found out in a room: sends one message with what it saw. */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { type Entrance, through } from '../entrance.ts';
import { GATEWAY, nodeAddresses, nodePorts } from './addresses.ts';
import { feed } from './ip.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import { freezeAll, processesOf, thawAll } from './processes.ts';

const CLIENT = '10.77.90.1';
const A = nodeAddresses('lb-a');
const B = nodeAddresses('lb-b');

/** One answer is enough: a busy machine may be late with some. */
function reaches(entrance: Entrance, address: string): Promise<boolean> {
  return feed(through(entrance, 'ping', ['-n', '-c', '3', '-i', '0.2', '-W', '1', address])).then(
    () => true,
    () => false,
  );
}

async function seesLink(machine: Machine): Promise<boolean> {
  const link = await feed(through(machine.network, 'ip', ['-oneline', 'link', 'show', 'dev', 'front']));
  return link.includes('LOWER_UP');
}

async function look() {
  const network = await Network.open();
  const [a, b, client] = await Promise.all([
    Machine.open('lb-a'),
    Machine.open('lb-b'),
    Machine.open('client'),
  ]);
  await network.plug(a, nodePorts('lb-a'));
  await network.plug(b, nodePorts('lb-b'));
  await network.plug(client, { front: [`${CLIENT}/16`, 'fd77::90/64'] });
  const state = async () => ({
    client: await reaches(client.network, A.address),
    back: await reaches(b.network, A.pairAddress),
    link: await seesLink(a),
  });
  const plugged = { ...(await state()), ipv6: await reaches(client.network, 'fd77::2') };
  await network.cut('lb-a', { cable: 'front' });
  const pulled = await state();
  await network.mend('lb-a');
  await network.cut('lb-a', { silently: true });
  const silent = await state();
  await network.mend('lb-a');
  const mended = await state();

  await network.split('lb-a', 'lb-b');
  const split = {
    front: await reaches(a.network, B.address),
    back: await reaches(b.network, A.pairAddress),
    clientToA: await reaches(client.network, A.address),
    clientToB: await reaches(client.network, B.address),
    gateway: await reaches(b.network, GATEWAY),
  };
  await network.join();
  const joined = await reaches(a.network, B.address);

  const ticker = spawn(...through(a.inside, 'sh', ['-c', 'while :; do echo x; sleep 0.02; done']), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let ticks = 0;
  ticker.stdout.on('data', (part: Buffer) => {
    ticks += part.length;
  });
  const ticksIn = async (milliseconds: number): Promise<number> => {
    // What was said before is read first.
    await pause(100);
    const before = ticks;
    await pause(milliseconds);
    return ticks - before;
  };
  const running = await ticksIn(500);
  freezeAll(a.pid);
  const frozen = await ticksIn(500);
  thawAll(a.pid);
  const thawed = await ticksIn(500);

  const inside = processesOf(a.pid).map(({ name }) => name);
  await network.unplug('lb-a');
  await a.end();
  const left = processesOf(a.pid).length;
  const again = await Machine.open('lb-a');
  await network.plug(again, nodePorts('lb-a'));
  const replugged = await reaches(client.network, A.address);
  return {
    ...{ plugged, pulled, silent, mended, split, joined },
    ...{ running: running > 0, frozen, thawed: thawed > 0, inside, left, replugged },
    hostname: (await feed(through(again.inside, 'hostname', []))).trim(),
  };
}
export type Seen = Awaited<ReturnType<typeof look>>;

look().then(
  (seen) => process.send?.({ seen }, () => process.exit(0)),
  (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
);
