import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { HaproxySharing } from '../../src/dataplane/haproxy-sharing.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import type { TicketRing } from '../../src/model/ticket-ring.ts';
import { newRing, rotated } from '../../src/reconcile/tickets/rings.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpsListener, name, server, service } from '../golden/configurations.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { type TlsPlace, visit } from '../harness/tls-session.ts';
import type { Upstream } from '../harness/upstream.ts';
import { upstream } from './runtime-rig.ts';

// Guards: what a client negotiated with one node, another takes, for two rotations and no longer; no reload is needed.

const servername = 'mtrestapis-live01.stelsewhere.example';
const random = (bytes: number, encoding: 'hex' | 'base64') => randomBytes(bytes).toString(encoding);

let authority: TestAuthority;
let certificate: TestCertificate;
beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await authority.issue([servername]);
});

/** One HAProxy with the ticket keys of its controller. */
interface Node {
  readonly haproxy: RunningHaproxy;
  readonly place: TlsPlace;
  /** As its controller does when there are new keys. */
  bring(ring: TicketRing): Promise<void>;
}

function declared(at: string, { address, port }: Upstream): Configuration {
  const live = service('live', [httpsListener(at, 443, 'live')], {
    servers: [server('api-1', address, port)],
  });
  return configuration([live], {
    certificates: [{ name: name('live'), path: ['certificates', 'live'], material: certificate.material }],
  });
}

/** @param ring the keys that HAProxy is started with */
async function withNode<T>(ring: TicketRing, use: (node: Node) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'aorta-tickets-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const keys = join(directory, 'keys');
  // Nobody listens on it yet: only the file is written.
  await new HaproxySharing(join(directory, 'nobody.sock'), keys).bringTickets(ring);
  const at = loopbackAddress();
  const behind = await upstream();
  let socket = '';
  return withHaproxy(
    (node) => {
      socket = node.runtime.adminSocket;
      return render(compile(declared(at, behind), { ...node, ticketKeysFile: join(keys, 'keys') }));
    },
    (haproxy) => {
      const sharing = new HaproxySharing(socket, keys);
      const [ca = ''] = authority.material.certificates;
      return use({
        haproxy,
        place: { address: at, port: 443, servername, ca },
        bring: (wanted) => sharing.bringTickets(wanted),
      });
    },
  );
}

const keysOf = async ({ haproxy }: Node, at: string) =>
  [...(await haproxy.command(`show tls-keys ${at}`)).matchAll(/^\d+\.\d+ (\S+)$/gm)].map(([, key]) => key);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  test('a ticket of one node is taken by the other, until its key is two rotations old', async () => {
    const first = newRing(0, random);
    await withNode(first, (a) =>
      withNode(first, async (b) => {
        const begun = await visit(a.place, version);
        expect(begun.reused).toBe(false);
        expect((await visit(b.place, version, begun.session)).reused).toBe(true);

        const second = rotated(first, 1, random);
        // One node is one rotation ahead.
        await a.bring(second);
        const ahead = await visit(a.place, version);
        expect((await visit(b.place, version, ahead.session)).reused).toBe(true);
        expect((await visit(b.place, version, begun.session)).reused).toBe(true);
        await b.bring(second);
        expect((await visit(b.place, version, begun.session)).reused).toBe(true);

        const third = rotated(second, 2, random);
        for (const node of [a, b]) await node.bring(third);
        expect((await visit(b.place, version, begun.session)).reused).toBe(false);
        expect((await visit(b.place, version, ahead.session)).reused).toBe(true);
      }),
    );
  });

  test("nodes with keys of their own do not take each other's tickets, and serve all the same", async () => {
    await withNode(newRing(0, random), (a) =>
      withNode(newRing(0, random), async (b) => {
        const begun = await visit(a.place, version);
        expect((await visit(b.place, version, begun.session)).reused).toBe(false);
      }),
    );
  });
});

test('HAProxy holds the keys of the file in its order, whatever it held before', async () => {
  const first = newRing(0, random);
  await withNode(first, async (node) => {
    const file = /\((\/.*)\)/.exec(await node.haproxy.command('show tls-keys'))?.[1] ?? '';
    const shown = (ring: TicketRing) => ring.map(({ key }) => key.reveal());
    expect(await keysOf(node, file)).toEqual(shown(first));
    const next = rotated(first, 1, random);
    await node.bring(next);
    expect(await keysOf(node, file)).toEqual(shown(next));
    const others = newRing(0, random);
    await node.bring(others);
    expect(await keysOf(node, file)).toEqual(shown(others));
    // Somebody else rotated them at the socket.
    await node.haproxy.command(`set ssl tls-key ${file} ${randomBytes(80).toString('base64')}`);
    await node.bring(others);
    expect(await keysOf(node, file)).toEqual(shown(others));
    expect(await node.haproxy.messages()).not.toMatch(/ALERT|WARNING/);
  });
});
