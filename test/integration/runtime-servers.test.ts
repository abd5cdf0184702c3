import { expect, test } from 'vitest';
import type { Configuration, ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import {
  configuration,
  hostname,
  httpCheck,
  httpListener,
  httpsCheck,
  name,
  server,
  service,
  tcpCheck,
} from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { makeAuthority } from '../harness/certificates.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import type { Upstream, UpstreamOptions } from '../harness/upstream.ts';
import { startLoad } from './dataplane-traffic.ts';
import {
  compiledServer,
  createRuntimeRig,
  expectNothingFor,
  intent,
  passed,
  type RuntimeRig,
  upstream,
} from './runtime-rig.ts';

type Place = Pick<Upstream, 'address' | 'port'>;
const quick = {
  interval: duration('100ms'),
  fastInterval: duration('100ms'),
  downInterval: duration('100ms'),
  rise: 1,
};

function pool(
  at: string,
  servers: Readonly<Record<string, Place>>,
  rest: Partial<ConfiguredPool> = {},
): Configuration {
  const places = Object.entries(servers).map(([one, { address, port }]) => server(one, address, port));
  const checked = { healthCheck: { ...tcpCheck, ...quick }, balance: 'roundrobin' as const };
  return configuration([service('live', [httpListener(at, 80)], { servers: places, ...checked, ...rest })]);
}

async function stats(rig: RuntimeRig, one: string) {
  const state = await rig.dataPlane.runtimeState();
  return state?.servers.find(({ name: found }) => found === one);
}

test('drain, maintenance and ready are felt at once, and no request is lost', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [one, two] = [await upstream(), await upstream()];
  const wanted = pool(at, { 'api-1': one, 'api-2': two });
  await rig.bring(wanted);
  const load = startLoad(`http://${at}/`, 6);
  await passed(load, 20);
  const backend = 'live.servers';
  for (const kind of ['drain', 'maintenance'] as const) {
    const admin = kind;
    const generation = await rig.change(wanted, [intent('api-1', { kind })], () => [
      { kind: 'set-server-admin', backend, server: 'api-1', admin, weight: 100 },
    ]);
    expect(await rig.dataPlane.identity()).toBe(generation.digest);
    await expectNothingFor(one, load);
    await rig.change(wanted, [], () => [
      { kind: 'set-server-admin', backend, server: 'api-1', admin: 'ready', weight: 100 },
    ]);
    const before = one.requests.length;
    await until('requests again', () => (one.requests.length > before + 5 ? true : undefined));
  }
  const count = await load.stop();
  console.log(`drain and maintenance: ${count.total} requests, ${count.failed.length} lost`);
  expect(count.failed).toEqual([]);
});

test('a weight is felt at once', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [one, two] = [await upstream(), await upstream()];
  const wanted = pool(at, { 'api-1': one, 'api-2': two });
  await rig.bring(wanted);
  await rig.change(wanted, [intent('api-1', { kind: 'weight', weight: 25 })], () => [
    { kind: 'set-server-admin', backend: 'live.servers', server: 'api-1', admin: 'ready', weight: 25 },
  ]);
  for (let turn = 0; turn < 50; turn += 1) await ask(at, 80, '/');
  expect([one.requests.length, two.requests.length]).toEqual([10, 40]);
  expect(await stats(rig, 'api-1')).toMatchObject({ weight: 25, admin: 'ready' });
});

test('limits of connections are felt at once, and can be taken away', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  let atOnce = 0;
  let most = 0;
  const open: (() => void)[] = [];
  const one = await upstream({
    answer: (_, response) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      open.push(() => {
        atOnce -= 1;
        response.end();
      });
    },
  });
  await rig.bring(pool(at, { 'api-1': one }));
  const limit = (maxConnections?: number) =>
    rig.dataPlane.operate({
      kind: 'set-server-connections',
      backend: 'live.servers',
      server: 'api-1',
      ...(maxConnections === undefined ? {} : { maxConnections }),
    });
  expect(await limit(1)).toMatchObject({ ok: true });
  const first = [ask(at, 80, '/'), ask(at, 80, '/')];
  await until('one is in, one waits', async () =>
    /^live\.servers,BACKEND,1,/m.test(await rig.say('show', 'stat')) ? true : undefined,
  );
  await until('the one is there', () => (open.length > 0 ? true : undefined));
  expect(most).toBe(1);
  open.shift()?.();
  await until('the other is in', () => (open.length > 0 ? true : undefined));
  open.shift()?.();
  await Promise.all(first);
  expect(await limit()).toMatchObject({ ok: true });
  const second = [ask(at, 80, '/'), ask(at, 80, '/')];
  await until('both are in', () => (open.length === 2 ? true : undefined));
  for (const end of open) end();
  await Promise.all(second);

  const frontend = { kind: 'set-frontend-connections', frontend: 'live', maxConnections: 77 } as const;
  expect(await rig.dataPlane.operate(frontend)).toMatchObject({ ok: true });
  expect(await rig.say('show', 'stat')).toMatch(/^live,FRONTEND,,,\d+,\d+,77,/m);
  const whole = { kind: 'set-process-connections', maxConnections: 500 } as const;
  expect(await rig.dataPlane.operate(whole)).toMatchObject({ ok: true });
  expect(await rig.say('show', 'info')).toMatch(/^Maxconn: 500$/m);
  // Sockets and memory were laid out for the number at the start.
  expect(await rig.dataPlane.operate({ ...whole, maxConnections: 100_000 })).toMatchObject({
    ok: false,
    error: {
      code: 'operate-failed',
      message: 'connections of the process: HAProxy refused: Value out of range.',
    },
  });
});

test('another address gets every request at once, also on connections that were kept', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [old, other, second] = [await upstream(), await upstream({ port: 8002 }), await upstream()];
  await rig.bring(pool(at, { 'api-1': old, 'api-2': second }));
  const load = startLoad(`http://${at}/`, 6);
  await passed(load, 50);
  const move = ({ address, port }: Place) =>
    ({ kind: 'set-server-address', backend: 'live.servers', server: 'api-1', address, port }) as const;
  await rig.change(pool(at, { 'api-1': other, 'api-2': second }), [], () => [move(other)]);
  await expectNothingFor(old, load);
  expect(other.requests.length).toBeGreaterThan(30);
  const count = await load.stop();
  console.log(`another address: ${count.total} requests, ${count.failed.length} lost`);
  expect(count.failed).toEqual([]);
  // Its checks go to the new address, too.
  await old.close();
  const failures = async () => (await stats(rig, 'api-1'))?.check?.result;
  await until('a check', async () => ((await failures()) === 'L4OK' ? true : undefined));
  await other.close();
  await until('a failed check', async () => ((await failures()) === 'L4CON' ? true : undefined));
  // The same again is no error.
  expect(await rig.dataPlane.operate(move(other))).toMatchObject({ ok: true });
});

test('an address is not changed under requests that nobody else could take', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [old, other] = [await upstream(), await upstream({ port: 8002 })];
  await rig.bring(pool(at, { 'api-1': old }));
  const { address, port } = other;
  const move = {
    kind: 'set-server-address',
    backend: 'live.servers',
    server: 'api-1',
    address,
    port,
  } as const;
  expect(await rig.dataPlane.operate(move)).toMatchObject({
    ok: false,
    error: { message: 'address of live.servers/api-1: no other server could take its requests meanwhile' },
  });
  expect((await ask(at, 80, '/')).body).toBe(old.address);
  const rest = { kind: 'set-server-admin', backend: 'live.servers', server: 'api-1', weight: 9 } as const;
  await rig.dataPlane.operate({ ...rest, admin: 'maintenance' });
  expect(await rig.dataPlane.operate(move)).toMatchObject({ ok: true });
  expect(await stats(rig, 'api-1')).toMatchObject({ admin: 'maintenance', address: `${address}:${port}` });
  await rig.dataPlane.operate({ ...rest, admin: 'ready' });
  expect((await ask(at, 80, '/')).body).toBe(other.address);
});

// Guards: a reload for every correction of an address, while all servers of a pool are down.
test('the address of a server that is down is changed although nobody else takes requests', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [old, other] = [await upstream(), await upstream({ port: 8002 })];
  await rig.bring(pool(at, { 'api-1': old }));
  await old.close();
  await until('it is down', async () =>
    (await stats(rig, 'api-1'))?.operational === 'down' ? true : undefined,
  );
  const { address, port } = other;
  const move = {
    kind: 'set-server-address',
    backend: 'live.servers',
    server: 'api-1',
    address,
    port,
  } as const;
  expect(await rig.dataPlane.operate(move)).toMatchObject({ ok: true });
  expect((await ask(at, 80, '/')).body).toBe(other.address);
});

test('requests that do not end in time keep their address, and the server comes back', {
  timeout: 20_000,
}, async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const open: (() => void)[] = [];
  const answer: UpstreamOptions['answer'] = (_, response) => open.push(() => response.end('late'));
  const [slow, other] = [await upstream({ answer }), await upstream()];
  await rig.bring(pool(at, { 'api-1': slow, 'api-2': other }));
  const asked = [ask(at, 80, '/'), ask(at, 80, '/')];
  await until('the request is there', () => (open.length > 0 ? true : undefined));
  const to = { address: other.address, port: other.port };
  expect(
    await rig.dataPlane.operate({
      kind: 'set-server-address',
      backend: 'live.servers',
      server: 'api-1',
      ...to,
    }),
  ).toMatchObject({ ok: false, error: { code: 'operate-failed' } });
  expect(await stats(rig, 'api-1')).toMatchObject({
    admin: 'ready',
    address: `${slow.address}:${slow.port}`,
  });
  for (const end of open) end();
  expect((await Promise.all(asked)).map(({ body }) => body).sort()).toEqual([other.address, 'late'].sort());
});

test('a server is added and removed under load, and none of its requests is lost', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const [one, two] = [await upstream(), await upstream()];
  const healthCheck = httpCheck('/health', { ...quick, host: hostname('apis.stelsewhere.example') });
  const small = pool(at, { 'api-1': one }, { healthCheck });
  const great = pool(at, { 'api-1': one, 'api-2': two }, { healthCheck, passiveCheck: { errorLimit: 3 } });
  await rig.bring(small);
  const load = startLoad(`http://${at}/`, 6);
  for (let turn = 0; turn < 10; turn += 1) {
    const before = two.requests.length;
    await rig.change(great, [], (ir) => [{ kind: 'add-server', ...compiledServer(ir, 'api-2') }]);
    await until('the new server gets requests', () => (two.requests.length > before + 5 ? true : undefined));
    await until('it is checked', async () =>
      (await stats(rig, 'api-2'))?.check?.result === 'L7OK' ? true : undefined,
    );
    await rig.change(small, [], () => [{ kind: 'remove-server', backend: 'live.servers', server: 'api-2' }]);
    await expectNothingFor(two, load);
    await until('it is swept', async () => {
      await rig.dataPlane.sweep();
      return (await stats(rig, 'api-2')) === undefined ? true : undefined;
    });
  }
  const count = await load.stop();
  console.log(`10 times added and removed: ${count.total} requests, ${count.failed.length} lost`);
  expect(count.failed).toEqual([]);
  // Those of the configuration stay, in maintenance or not.
  await rig.change(small, [intent('api-1', { kind: 'maintenance' })], () => [
    { kind: 'set-server-admin', backend: 'live.servers', server: 'api-1', admin: 'maintenance', weight: 100 },
  ]);
  await rig.dataPlane.sweep();
  expect(await stats(rig, 'api-1')).toMatchObject({ admin: 'maintenance' });
});

test('a server that is removed ends its request first', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const open: (() => void)[] = [];
  const slow = await upstream({ answer: (_, response) => open.push(() => response.end('late')) });
  const wanted = pool(at, { 'api-1': slow });
  await rig.bring(wanted);
  const answer = ask(at, 80, '/');
  await until('the request is there', () => (open.length > 0 ? true : undefined));
  const none = configuration([service('live', [httpListener(at, 80)], { servers: [] })]);
  await rig.change(none, [], () => [{ kind: 'remove-server', backend: 'live.servers', server: 'api-1' }]);
  await rig.dataPlane.sweep();
  expect(await stats(rig, 'api-1')).toMatchObject({ admin: 'maintenance', sessions: 1 });
  open[0]?.();
  expect((await answer).body).toBe('late');
  // Its connection is idle now, and would be for minutes.
  await until(
    'it is swept',
    async () => {
      await rig.dataPlane.sweep();
      return (await stats(rig, 'api-1')) === undefined ? true : undefined;
    },
    2_000,
  );
});

test('a name comes back while its old request is under way: refused, not mixed up', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const open: (() => void)[] = [];
  const slow = await upstream({ answer: (_, response) => open.push(() => response.end('late')) });
  const ir = await rig.bring(pool(at, { 'api-1': slow }));
  const answer = ask(at, 80, '/');
  await until('the request is there', () => (open.length > 0 ? true : undefined));
  const remove = { kind: 'remove-server', backend: 'live.servers', server: 'api-1' } as const;
  expect(await rig.dataPlane.operate(remove)).toMatchObject({ ok: true });
  const add = { kind: 'add-server', ...compiledServer(ir, 'api-1') } as const;
  expect(await rig.dataPlane.operate(add)).toMatchObject({ ok: false, error: { code: 'operate-failed' } });
  open[0]?.();
  expect((await answer).body).toBe('late');
  await until('its entry can be replaced', async () =>
    (await rig.dataPlane.operate(add)).ok ? true : undefined,
  );
  expect(await stats(rig, 'api-1')).toMatchObject({ admin: 'ready' });
});

test('a server that is added is spoken to by verified TLS, its check too', async () => {
  const rig = await createRuntimeRig();
  const at = loopbackAddress();
  const serverName = 'apis.stelsewhere.example';
  const authority = await makeAuthority();
  const good = await authority.issue([serverName]);
  const wrong = await authority.issue(['other.stelsewhere.example']);
  const [one, two, liar] = [
    await upstream({ tls: good }),
    await upstream({ tls: good }),
    await upstream({ tls: wrong }),
  ];
  const tls = { verify: 'required', authority: name('hospital'), serverName: hostname(serverName) } as const;
  const rest = {
    tls,
    healthCheck: httpsCheck('/health', { ...quick, host: hostname(serverName) }),
    passiveCheck: { errorLimit: 3 },
  };
  const trust = {
    authorities: [{ name: name('hospital'), path: [], material: authority.material }],
  };
  await rig.bring({ ...pool(at, { 'api-1': one }, rest), ...trust });
  const all = { ...pool(at, { 'api-1': one, 'api-2': two, liar }, rest), ...trust };
  await rig.change(all, [intent('liar', { kind: 'maintenance' })], (ir) => [
    { kind: 'add-server', ...compiledServer(ir, 'api-2') },
    { kind: 'add-server', ...compiledServer(ir, 'liar') },
  ]);
  await until('its check passes', async () =>
    (await stats(rig, 'api-2'))?.check?.result === 'L7OK' ? true : undefined,
  );
  for (let turn = 0; turn < 10; turn += 1) expect((await ask(at, 80, '/')).status).toBe(200);
  expect(two.requests.length).toBe(5);
  expect(await stats(rig, 'liar')).toMatchObject({ admin: 'maintenance' });
  const enable = {
    kind: 'set-server-admin',
    backend: 'live.servers',
    server: 'liar',
    admin: 'ready',
    weight: 1,
  } as const;
  expect(await rig.dataPlane.operate(enable)).toMatchObject({ ok: true });
  await until('its check fails', async () =>
    (await stats(rig, 'liar'))?.operational === 'down' ? true : undefined,
  );
  expect(liar.requests).toEqual([]);
});

test('what HAProxy refuses is a failure that names the server', async () => {
  const rig = await createRuntimeRig();
  const one = await upstream();
  await rig.bring(pool(loopbackAddress(), { 'api-1': one }));
  const backend = 'live.servers';
  expect(
    await rig.dataPlane.operate({
      kind: 'set-server-admin',
      backend,
      server: 'nobody',
      admin: 'drain',
      weight: 1,
    }),
  ).toMatchObject({
    ok: false,
    error: {
      code: 'operate-failed',
      message: 'server live.servers/nobody: HAProxy refused: No such server.',
    },
  });
  expect(await rig.dataPlane.operate({ kind: 'remove-server', backend, server: 'nobody' })).toMatchObject({
    ok: false,
  });
});

test('without a HAProxy, operations fail and nothing is loaded', async () => {
  const rig = await createRuntimeRig();
  expect(await rig.dataPlane.operate({ kind: 'set-process-connections', maxConnections: 5 })).toMatchObject({
    ok: false,
    error: { code: 'operate-failed' },
  });
  expect(await rig.dataPlane.loaded()).toBeUndefined();
  expect(await rig.dataPlane.survey()).toBeUndefined();
  await rig.dataPlane.sweep();
});
