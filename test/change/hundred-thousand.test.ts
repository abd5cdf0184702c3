import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import { ChangeRig, type RigName, sentFile } from '../harness/change-rig.ts';

/** Everything takes minutes; the normal run takes a tenth of it. */
const whole = process.env['AORTA_TEST_WHOLE'] === '1';
const rounds = whole ? 100 : 10;
const requests = whole ? 100_000 : 10_000;

type Kind = 'reload-class change' | 'certificate' | 'drain' | 'enable' | 'add' | 'remove' | 'restart';

/** Guards the first promise: whatever the operator changes, no request is lost, and none is carried out twice. */
test(
  `${requests} requests: none is lost, whatever is changed`,
  async () => {
    const rig = await ChangeRig.start();
    onTestFinished(() => rig.end());
    const declaration = rig.declaration();
    const counts = new Map<Kind, number>();
    const slowest = new Map<Kind, number>();
    let reloads = 0;
    let runtime = 0;
    /** Does one change, and sees by HAProxy's processes whether it was reloaded. */
    const change = async (kind: Kind, work: () => Promise<void>): Promise<void> => {
      const before = await rig.haproxy();
      const at = performance.now();
      await work();
      slowest.set(kind, Math.max(slowest.get(kind) ?? 0, performance.now() - at));
      const after = await rig.haproxy();
      expect(after.master, 'HAProxy was started again').toBe(before.master);
      const reloaded = after.workers.some((pid) => !before.workers.includes(pid));
      if (kind === 'restart') expect(reloaded, 'a restart reloaded HAProxy').toBe(false);
      else if (reloaded) reloads += 1;
      else runtime += 1;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    };
    const services: readonly RigName[] = ['offload', 'bridging'];
    const traffic = rig.traffic({ idle: 0 });
    await traffic.clients.more(500);
    const began = performance.now();

    for (let round = 0; round < rounds; round += 1) {
      const name = services[round % 2] ?? 'offload';
      const service = declaration.virtualServices[name];
      const guard = round % 10 === 5 ? 1_000 : 0;

      await change('reload-class change', async () => {
        service['errorAnswers'] = { retryAfter: `${round + 1}s` };
        const answer = await rig.apply(declaration, { guard });
        expect(answer, JSON.stringify(answer)).toMatchObject({ outcome: 'applied', how: 'reloaded' });
      });

      const leaf = rig.newLeaf(name);
      await change('certificate', async () => {
        const file = sentFile(leaf.pem);
        const answer = await call(rig.socket, 'certificate', { name, file, guard, author: 'test' });
        expect(answer, JSON.stringify(answer)).toMatchObject({ outcome: 'applied' });
      });
      const { serialNumber } = new X509Certificate(leaf.certificate);
      for (let time = 0; time < 3; time += 1) {
        expect(await serialOf(rig, name), 'an old certificate is shown').toBe(serialNumber);
      }

      const target = Math.floor(round / 2) % 2 === 0 ? 'one' : 'two';
      await change('drain', async () => {
        const wish = { kind: 'drain' } as const;
        await call(rig.socket, 'intend', { wish, target, service: name, author: 'test', reason: 'patching' });
      });
      if (round % 2 === 0) {
        const { servers } = service.pool;
        const there = servers['three'] !== undefined;
        await change(there ? 'remove' : 'add', async () => {
          if (there) delete servers['three'];
          else servers['three'] = rig.place(name, 2);
          const answer = await rig.apply(declaration, { guard });
          expect(answer, JSON.stringify(answer)).toMatchObject({ outcome: 'applied' });
        });
      }
      // Also while a server is drained.
      if (round % 5 === 4) {
        await change('restart', async () => {
          await rig.killController();
          await rig.resume();
        });
      }
      await change('enable', async () => {
        const { intents } = await call(rig.socket, 'enable', { target, service: name, author: 'test' });
        expect(intents).toHaveLength(1);
      });
    }

    const changed = performance.now() - began;
    const missing = requests - traffic.clients.sofar.sent;
    if (missing > 0) await traffic.clients.more(missing, 300_000);
    const rate = Math.round((traffic.clients.sofar.answered - 500) / ((performance.now() - began) / 1000));
    const verdict = await traffic.stop();
    const kinds = [...counts].map(
      ([kind, count]) => `${count} x ${kind} (slowest ${Math.round(slowest.get(kind) ?? 0)} ms)`,
    );
    console.log(
      `${traffic.sentence(verdict)}; ${rate} requests/s; ${Math.round(changed / 1000)} s of changes: ${kinds.join(', ')}; ${reloads} with a reload, ${runtime} without`,
    );
    expect(verdict.sent).toBeGreaterThanOrEqual(requests);
    expect(verdict.lost).toEqual([]);
    expect(verdict.twice).toEqual([]);
    expect(verdict.invented).toEqual([]);
    expect((await call(rig.socket, 'drift')).drift).toEqual([]);
    expect((await call(rig.socket, 'intents')).intents).toEqual([]);
    expect(await rig.apply(declaration)).toMatchObject({ outcome: 'unchanged' });
  },
  whole ? 900_000 : 120_000,
);

/** The serial number that a new client is shown; verified by the test's authority. */
function serialOf(rig: ChangeRig, name: RigName): Promise<string> {
  const [https] = rig.ways(name);
  if (https === undefined) throw new Error('there is an https listener');
  const { address: host, port, hostname: servername, ca } = https;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername, ...(ca === undefined ? {} : { ca }) }, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.end();
      resolve(serialNumber);
    });
    socket.once('error', reject);
  });
}
