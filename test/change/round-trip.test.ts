import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { ApplyRequest } from '../../src/contract/operations.ts';
import { nodeFacts } from '../../src/daemon/node-facts.ts';
import { toStored } from '../../src/daemon/sent-files.ts';
import { type RuntimePaths, runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { ticketDirectory } from '../../src/dataplane/tickets/ticket-directory.ts';
import { TicketFile } from '../../src/dataplane/tickets/ticket-file.ts';
import { textOf } from '../../src/ir/rendering.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { Name } from '../../src/model/name.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { authority, OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';
import { plan } from '../../src/plan/make-plan.ts';
import { accept, type Desired, desire } from '../../src/reconcile/desired.ts';
import { type RunningController, startController } from '../harness/controller.ts';
import { type GuardedDirectory, guardDirectory } from '../harness/guarded-directory.ts';
import { askHttp, askSocket } from '../harness/haproxy.ts';
import { until } from '../harness/until.ts';
import { blueprintProperties } from './blueprint-properties.ts';
import { languageSchema, placesOf } from './declaration-places.ts';
import { modelProperties } from './model-properties.ts';
import { pairProperties, sharedProperties } from './pair-properties.ts';
import { type Ground, joined, lay, type PropertyCase, type Tree } from './property-case.ts';

/** Guards: a file that was applied is applied again, and something happens; a property that was forgotten. */

/** Minutes of reloads: otherwise every sixth property is tried with a running HAProxy, and all of them at once. */
const whole = process.env['AORTA_TEST_WHOLE'] === '1';
const sampling = 6;

const schema = languageSchema();
const certificates = makeCertificates();

test('every property of the language has a case', () => {
  const all = [...modelProperties, ...blueprintProperties, ...pairProperties];
  const tried = new Set(all.map(({ place }) => place));
  expect([...tried].toSorted()).toEqual(placesOf(schema).toSorted());
});

describe('the model', () => {
  roundTrips(modelProperties, [1, 2, 3], [8000, 8001]);
});
describe('the blueprints', () => {
  roundTrips(blueprintProperties, [2, 3], [443, 9443]);
});

// Without a running product: a declaration has one pair only, and a node of it would bring a keepalived of this machine,
// and addresses, to what stands in the file. That a running keepalived takes a change is shown where there is a network
// for it.
describe('the pair', () => {
  const node: NodeFacts = {
    runtime: runtimePaths('/nowhere'),
    node: { name: 'lb-a' as Name, interface: 'front' },
  };
  const file = (name: string) => String(certificates.get(`certs/${name}`));
  const sharing = {
    authority: file('ca.pem'),
    certificate: file('live.crt'),
    key: new Secret(file('live.key')),
  };
  const desired = (declaration: Tree, kept: Pick<NodeFacts, 'sharing'> = {}) => {
    const facts = { ...node, ...kept };
    const accepted = accept(toStored(requestFor(declaration)), Date.now(), facts);
    if (!accepted.ok) throw new Error(JSON.stringify(accepted.error));
    return desire(accepted.value, [], facts);
  };
  const planned = (before: Desired, after: Desired) =>
    plan(before.ir, after.ir, {}, { dynamicCookie: true }, { before, after });

  const [ground] = groundsFor(1);
  if (ground === undefined) throw new Error('there is a ground');
  test.each(pairProperties.map((property) => lay(schema, property, ground)))(
    '$place',
    ({ impact, minimal, full }) => {
      const [before, after] = [desired(minimal), desired(joined([minimal, full]))];
      for (const [from, to] of [
        [before, after],
        [after, before],
      ] as const) {
        const { steps, ...made } = planned(from, to);
        expect(made, JSON.stringify(steps)).toEqual({ impact, operations: [] });
        expect(steps.length === 0).toBe(impact === 'none');
        expect(planned(to, to)).toEqual({ impact: 'none', steps: [], operations: [] });
      }
      const written = [before, after].map(({ rendering }) =>
        ['keepalived.conf', 'bird.conf'].map((file) => textOf(rendering, file)).join('\n'),
      );
      expect(written[0] === written[1]).toBe(impact === 'none');
      expect(before.rendering.digest === after.rendering.digest).toBe(impact === 'none');
    },
  );

  test.each(sharedProperties.map((property) => lay(schema, property, ground)))(
    '$place, with keys and something to share',
    ({ impact, minimal, full }) => {
      const [before, after] = [minimal, joined([minimal, full])].map((one) => desired(one, { sharing }));
      if (before === undefined || after === undefined) throw new Error('there are two');
      for (const [from, to] of [
        [before, after],
        [after, before],
      ] as const) {
        expect(planned(from, to).impact).toBe(impact);
        expect(planned(to, to)).toEqual({ impact: 'none', steps: [], operations: [] });
      }
      const files = [before, after].map(({ rendering }) => textOf(rendering, 'haproxy.cfg'));
      expect(files[0]).not.toBe(files[1]);
      expect(desired(minimal, { sharing }).rendering.digest).toBe(before.rendering.digest);
      for (const text of files) expect(text).not.toContain('PRIVATE KEY');
    },
  );
});

/** @param indexes, ports of the servers that live, so that a new address can be told to a running HAProxy */
function roundTrips(
  properties: readonly PropertyCase[],
  indexes: readonly number[],
  ports: readonly number[],
): void {
  const grounds = groundsFor(properties.length);
  const cases = properties.map((property, index) => lay(schema, property, groundAt(grounds, index)));
  const servers = new Servers();
  let world: World;
  beforeAll(async () => {
    const addresses = grounds.flatMap(({ address }) => indexes.map(address));
    await servers.listen(addresses.flatMap((address) => ports.map((port) => ({ address, port }))));
    world = await World.start(joined(cases.slice(0, floor).map((one) => one.minimal)));
  });
  afterAll(async () => {
    await world?.end();
    servers.close();
  });

  const numbered = cases
    .map((one, index) => ({ ...one, index }))
    .filter(({ index }) => whole || index % sampling === 0);
  test.each(numbered)('$place', async ({ place, impact, full, index }) => {
    const first = index - (index % floor);
    const minimal = joined(cases.slice(first, first + floor).map((one) => one.minimal));
    await world.bring(minimal);
    // All others stay minimal, so the plan is about this one only.
    const set = joined([minimal, full]);
    const answer = await world.changed(set);
    expect(answer.plan?.impact, JSON.stringify(answer.plan?.steps)).toBe(impact);
    // HAProxy knows nothing of these: that they were seen is seen in the plan only.
    if (/deepChecks|transaction|fhirVersion/.test(place)) {
      expect(answer.plan?.steps.map(({ what }) => what)).toContainEqual(
        expect.stringMatching(/^deep check /),
      );
    }
    await world.unchanged(set);
    await world.changed(minimal);
    await world.unchanged(minimal);
  });

  test('everything that commands can do at once', async () => {
    const runtime = cases.filter(({ impact }) => impact === 'runtime');
    const minimal = joined(runtime.map((one) => one.minimal));
    await world.bring(minimal);
    const set = joined([minimal, ...runtime.map(({ full }) => full)]);
    expect((await world.changed(set)).plan?.impact).toBe('runtime');
    await world.unchanged(set);
    await world.expectNoDrift();
  });

  // Usually 15 s, and once more than 60 in CI, on a machine of which others took a quarter.
  test('everything at once, also for the next controller', async () => {
    const set = joined([...cases.map((one) => one.minimal), ...cases.map(({ full }) => full)]);
    expect((await world.changed(set)).plan?.impact).toBe('rebind');
    await world.unchanged(set);
    await world.restart();
    await world.unchanged(set);
    await world.expectNoDrift();
  }, 180_000);
}

/** So many cases share a declaration: with one each, addresses come and go with every case; with all, each takes longer. */
const floor = 5;

function groundAt(grounds: readonly Ground[], index: number): Ground {
  const ground = grounds[index];
  if (ground === undefined) throw new Error('there is a ground for each case');
  return ground;
}

function groundsFor(count: number): Ground[] {
  const [second, third] = [randomInt(64, 255), randomInt(1, 240)];
  return Array.from({ length: count }, (_none, index) => ({
    name: `s${index + 1}`,
    address: (which) => `127.${second}.${third + which}.${index + 1}`,
  }));
}

/** Servers that take connections and say nothing. */
class Servers {
  readonly #listening: Server[] = [];

  async listen(places: readonly { readonly address: string; readonly port: number }[]): Promise<void> {
    for (const { address, port } of places) {
      const one = createServer((socket) => {
        socket.on('error', () => undefined).destroy();
      });
      this.#listening.push(one);
      one.listen(port, address);
      await once(one, 'listening');
    }
  }

  close(): void {
    for (const one of this.#listening) one.close();
  }
}

/** A running product, and what was seen of it when it was last changed. */
class World {
  readonly #directory: GuardedDirectory;
  readonly #paths: RuntimePaths;
  /** What was applied last. */
  #text = '';
  #controller: RunningController | undefined;

  private constructor(directory: GuardedDirectory) {
    this.#directory = directory;
    this.#paths = runtimePaths(directory.state);
  }

  static async start(declaration: Tree): Promise<World> {
    const directory = await guardDirectory('aorta-');
    const world = new World(directory);
    try {
      await mkdir(join(directory.directory, 'certs'));
      for (const [name, bytes] of certificates)
        await writeFile(join(directory.directory, name), bytes, { mode: 0o600 });
      const file = join(directory.directory, 'aorta.yaml');
      await writeFile(file, writtenOf(declaration));
      world.#text = writtenOf(declaration);
      world.#controller = await startController(file, directory.state);
      return world;
    } catch (error) {
      await world.end();
      throw error;
    }
  }

  /** Applies whatever is not in service yet. */
  async bring(declaration: Tree): Promise<void> {
    if (writtenOf(declaration) === this.#text) return;
    const answer = await this.#apply(declaration);
    expect(['applied', 'unchanged'], JSON.stringify(answer)).toContain(answer.outcome);
  }

  /** Kills the controller, and starts another, which is told nothing. */
  async restart(): Promise<void> {
    const before = await this.#seen();
    this.#controller?.signal('SIGKILL');
    await this.#controller?.ended;
    this.#controller = await startController(undefined, this.#directory.state);
    expect(await this.#seen()).toEqual(before);
  }

  /** Changes something behind the product's back: that is noticed, and nothing else is. */
  async expectNoDrift(): Promise<void> {
    const { adminSocket, controlSocket } = this.#paths;
    const state = await askSocket(adminSocket, 'show servers state\n');
    const [, backend, , server] = /^\d+ (\S+\.servers) (\d+) (\S+)/m.exec(state) ?? [];
    await askSocket(adminSocket, `set server ${backend}/${server} weight 77\n`);
    const drift = await until('drift is noticed', async () => {
      const noticed = (await call(controlSocket, 'drift')).drift;
      return noticed.length > 0 ? noticed : undefined;
    });
    expect(drift.map(({ what }) => what)).toEqual([expect.stringContaining(`${server}`)]);
    expect(drift[0]?.what).toContain('77');
    expect((await call(controlSocket, 'resolveDrift', { action: 'revert' })).drift).toEqual([]);
  }

  async #apply(declaration: Tree): Promise<ChangeAnswer> {
    this.#text = writtenOf(declaration);
    return call(this.#paths.controlSocket, 'apply', requestFor(declaration));
  }

  /** Applies what is not in service, and proves that it was taken as it was planned. */
  async changed(declaration: Tree): Promise<ChangeAnswer> {
    const before = await this.#seen();
    const answer = await this.#apply(declaration);
    const after = await this.#seen();
    const said = JSON.stringify(answer);
    switch (answer.plan?.impact) {
      case 'none':
        expect(answer, said).toMatchObject({ outcome: 'unchanged' });
        expect(after).toMatchObject({ worker: before.worker, generation: before.generation });
        break;
      case 'runtime':
        expect(answer, said).toMatchObject({ outcome: 'applied', how: 'runtime' });
        expect(after.worker).toBe(before.worker);
        break;
      default:
        expect(answer, said).toMatchObject({ outcome: 'applied', how: 'reloaded' });
        expect(after.worker).not.toBe(before.worker);
    }
    expect(after.revision).toBe(before.revision + 1);
    expect(answer.evidence).toEqual([]);
    await this.#expectRendered(declaration, answer);
    return answer;
  }

  /** Applies what is in service, and proves that nothing happens. */
  async unchanged(declaration: Tree): Promise<void> {
    const before = await this.#seen();
    const answer = await this.#apply(declaration);
    expect(answer, JSON.stringify(answer)).toMatchObject({
      outcome: 'unchanged',
      revision: before.revision,
      plan: { impact: 'none', steps: [] },
    });
    expect(await this.#seen()).toEqual(before);
  }

  async end(): Promise<void> {
    await this.#directory.end();
  }

  async #seen() {
    const { controlSocket, adminSocket } = this.#paths;
    const { inService = 0, revisions } = await call(controlSocket, 'revisions');
    const manifest = JSON.parse(
      await readFile(join(this.#directory.state, 'current', 'manifest.json'), 'utf8'),
    ) as object;
    const worker = /^Pid: (\d+)$/m.exec(await askSocket(adminSocket, 'show info\n'))?.[1];
    return { revision: inService, newest: revisions[0]?.number, generation: manifest, worker };
  }

  async #expectRendered(declaration: Tree, { generation }: ChangeAnswer): Promise<void> {
    const keys = ticketDirectory(this.#directory.state);
    const kept = keys === undefined ? {} : { ticketKeysFile: new TicketFile(keys).path };
    const node = nodeFacts(this.#paths, undefined, kept);
    const accepted = accept(toStored(requestFor(declaration)), Date.now(), node);
    if (!accepted.ok) throw new Error(JSON.stringify(accepted.error));
    const { rendering } = desire(accepted.value, [], node);
    const written = await readFile(join(this.#directory.state, 'current', 'haproxy.cfg'), 'utf8');
    expect(written).toBe(rendering.files.find(({ path }) => path === 'haproxy.cfg')?.content);
    expect(generation?.digest).toBe(rendering.digest);
    expect((await askHttp(this.#paths.identitySocket))?.trim()).toBe(rendering.digest);
  }
}

function writtenOf(declaration: Tree): string {
  return JSON.stringify({ aorta: 'v1', site: 'St. Elsewhere South', ...declaration }, undefined, 1);
}

function requestFor(declaration: Tree): ApplyRequest {
  const text = writtenOf(declaration);
  const files = [...certificates].filter(([name]) => text.includes(`"${name}"`));
  return {
    file: 'aorta.yaml',
    text,
    files: Object.fromEntries(
      files.map(([name, bytes]) => [
        name,
        { kind: 'read', base64: bytes.toString('base64'), othersCanRead: false },
      ]),
    ),
    guard: 0,
    // No server of a case exists.
    force: true,
    author: 'test',
  };
}

function makeCertificates(): ReadonlyMap<string, Buffer> {
  const pki = new OpensslFixture();
  try {
    const [root, rootB] = ['Root', 'Other Root'].map((name) =>
      pki.issue({ subject: `/CN=Synthetic ${name}`, extensions: authority }),
    );
    if (root === undefined || rootB === undefined) throw new Error('there are two');
    const order = { subject: '/CN=front', issuer: root, extensions: server('*.stelsewhere.example') };
    const [live, other] = [pki.issue(order), pki.issue(order)];
    const renewed = pki.issue({ ...order, sameKeyAs: live });
    const password = 'Kinder-Garten-71';
    const encrypted = pki.run('pkcs8', '-topk8', '-in', other.keyFile, '-passout', `pass:${password}`);
    return new Map<string, Buffer>([
      ['certs/ca.pem', Buffer.from(root.certificate)],
      ['certs/ca-b.pem', Buffer.from(rootB.certificate)],
      ['certs/live.pem', Buffer.from(live.certificate + live.key)],
      ['certs/other.pem', Buffer.from(other.certificate + other.key)],
      ['certs/live.crt', Buffer.from(live.certificate)],
      ['certs/live.key', Buffer.from(live.key)],
      ['certs/renewed.crt', Buffer.from(renewed.certificate)],
      ['certs/other.crt', Buffer.from(other.certificate)],
      ['certs/other.key', Buffer.from(other.key)],
      ['certs/encrypted.pem', Buffer.from(other.certificate + encrypted.toString())],
      ['certs/other.pfx', pki.pfx(other, [root], password)],
      ['certs/secret', Buffer.from('synthetic-secret-a\n')],
      ['certs/secret-b', Buffer.from('synthetic-secret-b\n')],
      ['certs/password', Buffer.from(`${password}\n`)],
    ]);
  } finally {
    pki.close();
  }
}
