import { X509Certificate } from 'node:crypto';
import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import { render } from '../../src/render/render.ts';
import {
  configuration,
  httpListener,
  httpsListener,
  name,
  network,
  server,
  service,
} from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { createRuntimeRig, upstream } from './runtime-rig.ts';

const apis = 'apis.stelsewhere.example';
const apps = 'apps.stelsewhere.example';

let authority: TestAuthority;
let first: TestCertificate;
let second: TestCertificate;
let other: TestCertificate;

beforeAll(async () => {
  authority = await makeAuthority();
  [first, second, other] = await Promise.all([
    authority.issue([apis]),
    authority.issue([apis]),
    authority.issue([apps]),
  ]);
});

function secured(
  at: string,
  place: { address: string; port: number },
  certificates: Readonly<Record<string, TestCertificate>>,
): Configuration {
  const servers = [server('api-1', place.address, place.port)];
  const live = service('live', [httpsListener(at, 443, ...Object.keys(certificates))], { servers });
  return configuration([live], {
    certificates: Object.entries(certificates).map(([one, { material }]) => ({
      name: name(one),
      path: [],
      material,
    })),
  });
}

function pemOf({ certificate, key }: TestCertificate): Secret {
  return new Secret(`${certificate.trim()}\n${key.trim()}\n`);
}

function fingerprintOf({ certificate }: TestCertificate): string {
  return new X509Certificate(certificate).fingerprint.replaceAll(':', '').toLowerCase();
}

/** The SHA-1 fingerprint that a listener shows for a name. */
function shown(at: string, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: at, port: 443, servername, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint.replaceAll(':', '').toLowerCase());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

const live = 'certs/live.pem';

/** Requests over TLS one after the other, on connections of their own and on kept ones; counted. */
function startTlsLoad(at: string): { count(): number; stop(): Promise<string[]> } {
  const failed: string[] = [];
  let total = 0;
  let running = true;
  const loop = async () => {
    while (running) {
      const tls = { ca: authority.material.certificates[0] ?? '', servername: apis };
      const { status } = await ask(at, 443, '/', { tls, headers: { host: apis } }).catch(
        (error: unknown) => ({
          status: String(error),
        }),
      );
      total += 1;
      if (status !== 200) failed.push(String(status));
    }
  };
  const loops = [loop(), loop()];
  return {
    count: () => total,
    stop: async () => {
      running = false;
      await Promise.all(loops);
      return failed;
    },
  };
}

test('a certificate is replaced again and again under load', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  await rig.bring(secured(at, behind, { live: first }));
  expect((await rig.dataPlane.loaded())?.certificates).toEqual(new Map([[live, fingerprintOf(first)]]));
  const load = startTlsLoad(at);
  for (let turn = 0; turn < 20; turn += 1) {
    const next = turn % 2 === 0 ? second : first;
    const content = pemOf(next);
    await rig.change(secured(at, behind, { live: next }), [], () => [
      { kind: 'replace-certificate', file: live, content },
    ]);
    expect(await shown(at, apis)).toBe(fingerprintOf(next));
  }
  await until('some more', () => (load.count() > 50 ? true : undefined));
  const failed = await load.stop();
  console.log(`20 certificates: ${load.count()} requests over TLS, ${failed.length} lost`);
  expect(failed).toEqual([]);
  expect((await rig.dataPlane.loaded())?.certificates).toEqual(new Map([[live, fingerprintOf(first)]]));
});

test('whatever is wrong with a certificate, the old one stays and nothing is left open', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  await rig.bring(secured(at, behind, { live: first }));
  const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const wrong: Record<string, Secret> = {
    garbage: new Secret(`${garbage}${first.key}`),
    'another key': new Secret(`${second.certificate.trim()}\n${first.key.trim()}\n`),
    'no key': new Secret(second.certificate),
    'too long': new Secret(`${second.certificate.trim()}\n`.repeat(40) + second.key),
  };
  for (const [what, content] of Object.entries(wrong)) {
    const refused = await rig.dataPlane.operate({ kind: 'replace-certificate', file: live, content });
    expect(refused, what).toMatchObject({ ok: false, error: { code: 'operate-failed' } });
    const text = JSON.stringify(refused.ok ? '' : [refused.error.message, refused.error.mend]);
    expect(text).toContain(live);
    for (const line of content
      .reveal()
      .split('\n')
      .filter((one) => one !== ''))
      expect(text).not.toContain(line);
    expect(await rig.say('show', 'ssl', 'cert')).not.toContain('*');
    expect(await shown(at, apis)).toBe(fingerprintOf(first));
  }
  const empty = new Secret(`${second.certificate}\n${second.key}`.replace('\n', '\n\n'));
  await expect(
    rig.dataPlane.operate({ kind: 'replace-certificate', file: live, content: empty }),
  ).rejects.toThrow('a payload of a command with an empty line');
});

test('a change that an earlier controller left open does not stand in the way', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  await rig.bring(secured(at, behind, { live: first, more: other }));
  const left = await command(rig.paths.adminSocket, ['set', 'ssl', 'cert', 'certs/more.pem'], {
    payload: pemOf(second),
  });
  expect(left).toMatchObject({ ok: true });
  expect(
    await rig.dataPlane.operate({ kind: 'replace-certificate', file: live, content: pemOf(second) }),
  ).toMatchObject({ ok: true });
  expect(await shown(at, apis)).toBe(fingerprintOf(second));
  expect(await shown(at, apps)).toBe(fingerprintOf(other));
});

test('a certificate is added for its name and removed again', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  await rig.bring(secured(at, behind, { live: first }));
  const list = `crt-lists/live.${at}.443.list`;
  const file = 'certs/more.pem';
  const content = pemOf(other);
  const add = { kind: 'add-certificate', file, content, lists: [list] } as const;
  // Nothing is left of one that could not be added to every list.
  expect(await rig.dataPlane.operate({ ...add, lists: [list, 'crt-lists/none.list'] })).toMatchObject({
    ok: false,
  });
  expect(await rig.dataPlane.operate({ ...add, content: new Secret('garbage\n') })).toMatchObject({
    ok: false,
  });
  expect(await rig.say('show', 'ssl', 'cert')).not.toContain('more');
  expect(await shown(at, apps)).toBe(fingerprintOf(first));

  await rig.change(secured(at, behind, { live: first, more: other }), [], () => [add]);
  expect(await shown(at, apps)).toBe(fingerprintOf(other));
  expect(await shown(at, apis)).toBe(fingerprintOf(first));
  expect((await rig.dataPlane.loaded())?.certificates.get(file)).toBe(fingerprintOf(other));
  await rig.change(secured(at, behind, { live: first }), [], () => [
    { kind: 'remove-certificate', file, lists: [list] },
  ]);
  expect(await shown(at, apps)).toBe(fingerprintOf(first));
  expect((await rig.dataPlane.loaded())?.certificates.has(file)).toBe(false);
  expect(await rig.dataPlane.operate({ kind: 'remove-certificate', file, lists: [] })).toMatchObject({
    ok: false,
  });
});

function listed(at: string, place: { address: string; port: number }, ...allow: string[]): Configuration {
  const servers = [server('api-1', place.address, place.port)];
  return configuration([service('live', [httpListener(at, 80)], { servers }, { allow: allow.map(network) })]);
}

test('a list of networks is replaced as a whole, a long one in well under a second', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const behind = await upstream();
  const file = 'networks/live.list';
  await rig.bring(listed(at, behind, '10.0.0.0/8'));
  expect((await ask(at, 80, '/')).status).toBe(403);
  const replace = (...entries: string[]) => ({ kind: 'replace-list', file, entries }) as const;
  await rig.change(listed(at, behind, '127.0.0.0/8'), [], () => [replace('127.0.0.0/8')]);
  expect((await ask(at, 80, '/')).status).toBe(200);
  const many = Array.from({ length: 10_000 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
  const began = performance.now();
  expect(await rig.dataPlane.operate(replace(...many))).toMatchObject({ ok: true });
  const took = performance.now() - began;
  console.log(`10,000 networks in ${Math.round(took)} ms`);
  expect(took).toBeLessThan(1_000);
  expect((await ask(at, 80, '/')).status).toBe(403);
  expect((await rig.dataPlane.loaded())?.lists.get(file)).toEqual([...many].sort());
  // One bad entry and nothing changes.
  expect(await rig.dataPlane.operate(replace('127.0.0.0/8', 'nonsense'))).toMatchObject({ ok: false });
  expect((await ask(at, 80, '/')).status).toBe(403);
  await expect(rig.dataPlane.operate(replace('127.0.0.0/8;quit'))).rejects.toThrow('not an entry of a list');
  expect(
    await rig.dataPlane.operate({ ...replace('127.0.0.0/8'), file: 'networks/none.list' }),
  ).toMatchObject({
    ok: false,
  });
  expect(await rig.dataPlane.operate(replace())).toMatchObject({ ok: true });
  expect((await rig.dataPlane.loaded())?.lists.get(file)).toEqual([]);
});

test('counters grow with the traffic, and name the worker', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  let status = 200;
  const behind = await upstream({
    answer: (request, response) => {
      if (request.url === '/cut') response.destroy();
      else response.writeHead(status).end();
    },
  });
  const wanted = secured(at, behind, { live: first });
  await rig.bring(wanted);
  const before = (await rig.dataPlane.survey())?.counters;
  expect(before?.frontends.find((one) => one.name === 'live')).toEqual({
    name: 'live',
    connections: 0,
    requests: 0,
    answers5xx: 0,
    failedHandshakes: 0,
  });
  const tls = { ca: authority.material.certificates[0] ?? '', servername: apis };
  const get = (path: string) => ask(at, 443, path, { tls, headers: { host: apis }, method: 'POST' });
  await get('/');
  status = 500;
  await get('/');
  // On a kept connection to the server, HAProxy 3.0 passes the closing on instead of answering.
  await get('/cut').catch(() => undefined);
  await shownWithOldTls(at);
  await behind.close();
  await get('/');
  const after = await until('everything is counted', async () => {
    const seen = (await rig.dataPlane.survey())?.counters;
    return seen?.frontends.find((one) => one.name === 'live')?.requests === 4 ? seen : undefined;
  });
  expect(after.frontends.find((one) => one.name === 'live')).toEqual({
    name: 'live',
    connections: 5,
    requests: 4,
    answers5xx: expect.toSatisfy((count: number) => count === 2 || count === 3),
    failedHandshakes: 1,
  });
  const backend = after.backends.find((one) => one.name === 'live.servers');
  // HAProxy 3.0 does not count one that it gave no answer.
  expect(backend?.requests).toBeGreaterThanOrEqual(3);
  expect(backend).toMatchObject({ responseErrors: 1 });
  expect(backend?.connectErrors).toBeGreaterThan(0);
  const worker = (await rig.dataPlane.adopt())?.workerPid;
  expect(after.workerPid).toBe(worker);
  await rig.bring(wanted);
  expect((await rig.dataPlane.survey())?.counters.workerPid).not.toBe(worker);
});

/** A handshake that the policy refuses. */
function shownWithOldTls(at: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const socket = connect({ host: at, port: 443, ...old }, () => reject(new Error('TLS 1.1 was taken')));
    socket.once('error', () => resolve());
  });
}

test('a file that was changed, replaced or removed by hand is found', async () => {
  const rig = await createRuntimeRig();
  const ir = compile(secured(loopbackAddress(), { address: '127.0.0.2', port: 1 }, { live: first }), {
    runtime: rig.paths,
  });
  const { generation } = await rig.dataPlane.stage(render(ir));
  const tampered = () => rig.dataPlane.tampered(generation);
  expect(await tampered()).toEqual([]);
  const [directory = ''] = await readdir(join(rig.state, 'generations'));
  const file = (path: string) => join(rig.state, 'generations', directory, path);
  await appendFile(file('haproxy.cfg'), '# by hand\n');
  expect(await tampered()).toEqual(['haproxy.cfg']);
  expect(await tampered()).toEqual(['haproxy.cfg']);
  await rm(file(live));
  expect(await tampered()).toEqual([live, 'haproxy.cfg']);
  await writeFile(file(live), pemOf(first).reveal());
  expect(await tampered()).toEqual(['haproxy.cfg']);
  // One that was written before there were digests says nothing.
  await writeFile(file('manifest.json'), '{"number":1,"digest":"x","createdAt":"2026-01-01"}');
  expect(await tampered()).toEqual([]);
});
