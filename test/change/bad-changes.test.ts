import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { call } from '../../src/cli/client.ts';
import type { ChangeAnswer } from '../../src/contract/answers.ts';
import type { Code } from '../../src/kernel/codes.ts';
import { ChangeRig, type RigDeclaration, sentFile, type Traffic } from '../harness/change-rig.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { seenWorlds, worldOf } from '../harness/world.ts';

/** Guards: a change that hurts is refused or undone, names place and mend, and costs no request. */

const hostname = 'front.stelsewhere.example';
let rig: ChangeRig;
let traffic: Traffic;
/** What the requests of a test may be lost to; nothing, but for servers that answer with an error. */
let allowed: string | undefined;
let ended = false;
const allowedLosses = new Map<string, number>();

beforeAll(async () => {
  rig = await ChangeRig.start({ breakable: true });
  traffic = rig.traffic({ idle: 15 });
});
afterAll(() => rig?.end());
beforeEach(async () => {
  allowed = undefined;
  await traffic.clients.more(20);
  const from = traffic.clients.losses.length;
  return async () => {
    if (ended) return;
    await traffic.clients.more(50);
    const lost = traffic.clients.losses.slice(from).map(({ what }) => what);
    expect(lost.filter((what) => what !== allowed)).toEqual([]);
    for (const what of lost) allowedLosses.set(what, (allowedLosses.get(what) ?? 0) + 1);
  };
});

/** Everything that must be as it was after a refusal. */
async function standing(): Promise<unknown> {
  const { revision, digest } = await call(rig.socket, 'configuration');
  return { revision, digest, ...(await seenWorlds(rig)), haproxy: await rig.haproxy() };
}

/** Does what must be refused, and proves that it touched nothing. */
async function refused(
  work: () => Promise<ChangeAnswer>,
  ...codes: readonly Code[]
): Promise<ChangeAnswer['findings']> {
  const before = await standing();
  const answer = await work();
  expect(['refused', 'invalid'], JSON.stringify(answer)).toContain(answer.outcome);
  const errors = answer.findings.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ code }) => code).toSorted(), JSON.stringify(errors)).toEqual(codes.toSorted());
  for (const { what, mend } of errors) expect([what, mend]).not.toContain('');
  expect(await standing()).toEqual(before);
  return errors;
}

test('a port that is in use', async () => {
  const stranger = createServer();
  const address = loopbackAddress();
  await new Promise<void>((resolve) => stranger.listen(8443, address, resolve));
  onTestFinished(() => void stranger.close());
  const declaration = rig.declaration();
  declaration.virtualServices.offload.listeners.push({ protocol: 'http', address, port: 8443 });
  const [finding] = await refused(() => rig.apply(declaration), 'address-taken');
  expect(finding).toMatchObject({
    path: ['virtualServices', 'offload', 'listeners', 2],
    location: { file: 'aorta.yaml' },
    what: expect.stringContaining(`${address}:8443`),
  });
});

test('an address of another machine', async () => {
  const declaration = rig.declaration();
  const address = '192.0.2.77';
  declaration.virtualServices.bridging.listeners.push({ protocol: 'http', address, port: 80 });
  const [finding] = await refused(() => rig.apply(declaration), 'address-not-local');
  expect(finding?.path).toEqual(['virtualServices', 'bridging', 'listeners', 2]);
});

test('more connections than the limit of open files allows', async () => {
  const declaration = rig.declaration();
  declaration.virtualServices.offload.maxConnections = 1_000_000;
  const [finding] = await refused(() => rig.apply(declaration), 'descriptor-limit');
  expect(finding?.mend).not.toBe('');
});

test('a certificate without its intermediate', async () => {
  const { certificate, key } = rig.pki.issueWithoutChain(hostname);
  const [finding] = await refused(() => replace(`${certificate}${key}`), 'certificate-chain-incomplete');
  expect(finding).toMatchObject({
    path: ['certificates', 'offload'],
    mend: expect.stringContaining('http://ca.stelsewhere.example/between.crt'),
  });
});

test('a certificate with the key of another', async () => {
  const { certificate } = rig.pki.issue(hostname);
  const { key } = rig.pki.issue(hostname);
  await refused(() => replace(`${certificate}${key}`), 'certificate-key-mismatch');
  rig.files.set('certs/offload.pem', `${certificate}${key}`);
  onTestFinished(() => void rig.newLeaf('offload'));
  const [finding] = await refused(() => rig.apply(rig.declaration()), 'certificate-key-mismatch');
  expect(finding?.path.slice(0, 2)).toEqual(['certificates', 'offload']);
});

test('a file with blank lines is put in order, and works', async () => {
  const { certificate, key } = rig.pki.issue(hostname);
  const untidy = `\n\n${key}\n\n \r\n${certificate.replaceAll('\n', '\r\n')}\n\n${rig.pki.ca}\n\n\n`;
  const { master } = await rig.haproxy();
  expect(await replace(untidy)).toMatchObject({ outcome: 'applied' });
  const written = await readFile(join(rig.state, 'current', 'certs', 'offload.pem'), 'utf8');
  expect(written).not.toMatch(/\n\s*\n|\r/);
  expect((await rig.haproxy()).master).toBe(master);
  await traffic.clients.more(50);
});

test('a pool whose new servers all fail', async () => {
  const declaration = rig.declaration();
  const nobody = () => ({ address: loopbackAddress(), port: 8000 });
  declaration.virtualServices.bridging.pool.servers = { one: nobody(), two: nobody() };
  const [finding] = await refused(() => rig.apply(declaration), 'pool-unreachable');
  expect(finding?.path.slice(0, 2)).toEqual(['virtualServices', 'bridging']);
});

// Guards: a change that was forced because its servers come later was undone because they were not there.
test('a service whose servers come later is refused, and stays when somebody insists', async () => {
  const declaration = rig.declaration();
  const services: Record<string, unknown> = declaration.virtualServices;
  services['later'] = {
    listeners: [{ protocol: 'http', address: loopbackAddress(), port: 8080 }],
    maxConnections: 10,
    pool: { trustedSegment: 'loopback', servers: { one: { address: loopbackAddress(), port: 8000 } } },
  };
  await refused(() => rig.apply(declaration), 'pool-unreachable');
  const forced = await rig.apply(declaration, { force: true, guard: 1_000 });
  expect(forced, JSON.stringify(forced)).toMatchObject({ outcome: 'applied' });
  const [revision] = (await call(rig.socket, 'revisions')).revisions;
  expect(revision?.forced.join()).toContain('no server would pass its health check');
  expect(await rig.apply(rig.declaration())).toMatchObject({ outcome: 'applied' });
});

test('a health check that is answered with 500', async () => {
  const declaration = rig.declaration();
  declaration.virtualServices.offload.pool['healthCheck'] = { type: 'http', path: '/broken' };
  const [finding] = await refused(() => rig.apply(declaration), 'pool-unreachable');
  expect(finding?.what).toContain('500');
});

test('a line that HAProxy does not understand', async () => {
  const findings = await refused(
    () => withAppended('    no-such-keyword at all\n', () => rig.apply(changed(71))),
    'check-failed',
  );
  expect(findings[0]?.what).toContain('no-such-keyword');
});

test('a line that only a running HAProxy refuses', async () => {
  const before = await seenWorlds(rig);
  const line =
    '\ndefaults\n    mode http\n    timeout client 1s\nfrontend more\n    bind unix@/proc/no/such.sock\n';
  const answer = await withAppended(line, () => rig.apply(changed(72)));
  expect(answer, JSON.stringify(answer)).toMatchObject({ outcome: 'rolledBack', stage: 'reload' });
  expect(answer.findings.find(({ severity }) => severity === 'error')).toMatchObject({
    code: 'reload-failed',
    what: expect.stringContaining('/proc/no/such.sock'),
  });
  expect(await seenWorlds(rig)).toEqual(before);
  expect((await call(rig.socket, 'drift')).drift).toEqual([]);
  // The next one works.
  expect(await rig.apply(changed(73))).toMatchObject({ outcome: 'applied' });
});

test('servers that pass their check and then fail every request', { timeout: 120_000 }, async () => {
  allowed = 'status 500';
  const three = rig.servers.offload[2];
  await three.answer({ requests: 500, checks: 200 });
  onTestFinished(() => three.answer({ requests: 200, checks: 200 }));
  // So that there is a time before to compare with.
  await traffic.clients.more(500);
  const before = await seenWorlds(rig);
  const declaration = JSON.parse((await call(rig.socket, 'configuration')).text) as RigDeclaration;
  declaration.virtualServices.offload.pool.servers['three'] = rig.place('offload', 2);
  const answer = await rig.apply(declaration, { guard: 4_000 });
  expect(answer, JSON.stringify(answer)).toMatchObject({ outcome: 'rolledBack', stage: 'guard' });
  expect(answer.evidence.join(' ')).toMatch(
    /5xx of offload: \d+ % of [\d,]+ requests after the change, 0 % of/,
  );
  expect(answer.findings.map(({ code }) => code)).toContain('service-worse');
  await sameWorlds(before);
  const { inService, revisions } = await call(rig.socket, 'revisions');
  expect(revisions[0]).toMatchObject({
    number: inService,
    kind: 'revert',
    state: 'committed',
    author: 'aorta',
  });
  expect(revisions[1]).toMatchObject({
    number: answer.revision,
    state: 'reverted',
    evidence: answer.evidence,
  });
  // From the answer on it is over.
  const { lost } = traffic.clients.sofar;
  await traffic.clients.more(200);
  expect(traffic.clients.sofar.lost - lost).toBe(0);
});

test('a change that nobody confirms is undone, one that is confirmed stays', {
  timeout: 60_000,
}, async () => {
  const before = await seenWorlds(rig);
  const answer = await rig.apply(changed(74), { confirmWithin: 2_000 });
  expect(answer, JSON.stringify(answer)).toMatchObject({ outcome: 'awaiting' });
  expect((await seenWorlds(rig)).cfg).not.toBe(before.cfg);
  await undone(answer);
  await sameWorlds(before);

  expect(await rig.apply(changed(75), { confirmWithin: 60_000 })).toMatchObject({ outcome: 'awaiting' });
  await expect(rig.apply(changed(76))).rejects.toMatchObject({ code: 'change-pending' });
  expect(await call(rig.socket, 'confirm', { author: 'test' })).toMatchObject({ outcome: 'applied' });
  await expect(call(rig.socket, 'confirm', {})).rejects.toMatchObject({ code: 'nothing-to-confirm' });
  expect((await seenWorlds(rig)).cfg).toContain('hdr Retry-After 75\n');
});

test('a controller that is killed while it waits for a confirmation waits on', {
  timeout: 60_000,
}, async () => {
  const before = await seenWorlds(rig);
  const long = await rig.apply(changed(77), { confirmWithin: 60_000 });
  expect(long).toMatchObject({ outcome: 'awaiting' });
  await rig.killController();
  await rig.resume();
  await expect(rig.apply(changed(78))).rejects.toMatchObject({ code: 'change-pending' });
  expect(await call(rig.socket, 'confirm', { author: 'test' })).toMatchObject({ revision: long.revision });
  const kept = await seenWorlds(rig);
  expect(kept.cfg).not.toBe(before.cfg);

  const short = await rig.apply(changed(79), { confirmWithin: 3_000 });
  expect(short).toMatchObject({ outcome: 'awaiting' });
  await rig.killController();
  await until('its time has passed', () => (Date.now() > (short.confirmBy ?? 0) ? true : undefined));
  await rig.resume();
  await undone(short);
  await sameWorlds(kept);
});

test('none of that cost a request', async () => {
  ended = true;
  const verdict = await traffic.stop();
  const answers = [...allowedLosses].map(([what, count]) => `${count} x ${what}`).join(', ');
  console.log(`bad changes: ${traffic.sentence(verdict)}; the servers' own answers: ${answers}`);
  const own = [...allowedLosses.values()].reduce((sum, count) => sum + count, 0);
  expect(verdict.lost).toHaveLength(own);
  expect(verdict).toMatchObject({ twice: [], invented: [] });
});

function replace(pem: string): Promise<ChangeAnswer> {
  return call(rig.socket, 'certificate', { name: 'offload', file: sentFile(pem), guard: 0, author: 'test' });
}

/** A good declaration that needs a reload. */
function changed(seconds: number): RigDeclaration {
  const declaration = rig.declaration();
  for (const name of ['offload', 'bridging'] as const) {
    declaration.virtualServices[name]['errorAnswers'] = { retryAfter: `${seconds}s` };
  }
  return declaration;
}

/** The next staged haproxy.cfg has a line more, as no declaration can bring about. */
async function withAppended(text: string, change: () => Promise<ChangeAnswer>): Promise<ChangeAnswer> {
  await rig.break({ when: 'after', method: 'stage', action: 'append', text });
  return await change();
}

async function undone({ revision }: ChangeAnswer): Promise<void> {
  await until('it is undone', async () => {
    const { revisions } = await call(rig.socket, 'revisions');
    const [latest] = revisions;
    const isUndone = revisions.find(({ number }) => number === revision)?.state === 'reverted';
    return isUndone && latest?.kind === 'revert' && latest.state === 'committed' ? true : undefined;
  });
}

/** Servers that were removed while HAProxy ran are gone only when their last connection has ended. */
async function sameWorlds(before: Awaited<ReturnType<typeof seenWorlds>>): Promise<void> {
  let seen = await seenWorlds(rig);
  await until(
    'the world of before is back',
    async () => {
      seen = await seenWorlds(rig);
      const same = JSON.stringify(seen) === JSON.stringify(before);
      return same ? true : undefined;
    },
    10_000,
  ).catch(() => expect(seen).toEqual(before));
  expect(seen.running).toEqual(
    worldOf({ virtualServices: JSON.parse((await call(rig.socket, 'configuration')).text).virtualServices }),
  );
}
