import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aorta, areGone, type HaproxyProcesses, haproxyOf } from '../harness/controller.ts';
import { until } from '../harness/until.ts';
import { keepConnection } from './kept-connection.ts';
import { startLoad } from './load.ts';
import { type Service, startService } from './service.ts';

/** Guards the life of a service under an operator's hands. The tests build on each other, as a day does. */
describe('a day of an operator', () => {
  let started: Service | undefined;
  const service = (): Service => {
    if (started === undefined) throw new Error('it was started before the tests');
    return started;
  };
  beforeAll(async () => {
    started = await startService({ deployment: 'minimum', tls: 'bridging', patients: 5 });
  });
  afterAll(() => started?.end());

  const run = (...words: readonly string[]) => aorta(...words, '--state', service().state);
  const haproxy = async (): Promise<HaproxyProcesses> => {
    const found = await haproxyOf(service().state);
    if (found === undefined) throw new Error('HAProxy does not run');
    return found;
  };
  const generation = async () => readFile(join(service().state, 'current', 'manifest.json'), 'utf8');

  test('status says in text and JSON that all is well', async () => {
    const { estate, addresses } = service();
    const text = await run('status');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    for (const said of [
      'St. Elsewhere',
      'live-apis',
      'live-apps',
      'api-1',
      'api-2',
      addresses.apis,
      'days left',
    ]) {
      expect(text.stdout).toContain(said);
    }
    // Not a terminal, so no colours.
    expect(text.stdout).not.toContain('\u001b');
    const json = await run('status', '--json');
    expect(json).toMatchObject({ code: 0, stderr: '' });
    const status: unknown = JSON.parse(json.stdout);
    const { master } = await haproxy();
    expect(status).toMatchObject({
      site: 'St. Elsewhere',
      process: { pid: master, drift: false },
      services: (['apis', 'apps'] as const).map((name) => ({
        name: `live-${name}`,
        hostnames: [estate.hostnames[name]],
        state: 'healthy',
        conditions: [],
        servers: ['api-1', 'api-2'].map((server) => ({ name: server, port: 443, state: 'up' })),
      })),
      certificates: (['apis', 'apps'] as const).map((name) => ({ name, covers: [estate.hostnames[name]] })),
    });
  });

  test('without a controller, commands fail and say how to start one', async () => {
    const nowhere = join(service().state, 'nowhere');
    for (const command of [['status'], ['down'], ['apply', service().file]]) {
      const text = await aorta(...command, '--state', nowhere);
      expect(text, command[0]).toMatchObject({ code: 1, stdout: '' });
      expect(text.stderr).toContain('aorta up FILE');
      const json = await aorta(...command, '--json', '--state', nowhere);
      expect(json.code).toBe(1);
      expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'not-running' } });
    }
    await expect(access(nowhere)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a second controller of the same state is refused', async () => {
    const before = await haproxy();
    const second = await run('up', service().file);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('already-running');
    expect(await haproxy()).toEqual(before);
    expect((await run('status')).code).toBe(0);
  });

  test('the same file is no change', async () => {
    const before = await haproxy();
    const { code, stdout } = await run('apply', service().file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^no change: revision 1 \(generation 1, /);
    expect(await haproxy()).toEqual(before);
  });

  test('a changed file is taken over with a reload, without losing a request', async () => {
    const before = await haproxy();
    const connection = await keepConnection(service());
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    const load = startLoad(service());
    await load.more(50);
    await writeFile(service().file, service().declaration({ maxConnections: 600 }));
    const changed = await run('apply', '--json', '--guard', '1s', service().file);
    expect(changed.code, changed.stdout).toBe(0);
    expect(JSON.parse(changed.stdout)).toMatchObject({
      outcome: 'applied',
      how: 'reloaded',
      generation: { number: 2 },
      findings: [],
    });
    await load.more(50);
    // The old worker answers what comes on a connection that it has, and only then closes it.
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    connection.close();
    const { sent, lost } = await load.stop();
    expect(lost).toEqual([]);
    expect(sent).toBeGreaterThan(100);
    console.log(`reload: ${sent} requests sent, ${lost.length} lost`);

    const after = await haproxy();
    expect(after.master).toBe(before.master);
    expect(after.workers).not.toEqual(before.workers);
    expect(await readFile(join(service().state, 'current', 'haproxy.cfg'), 'utf8')).toContain('maxconn 600');
    expect((await run('apply', service().file)).stdout).toMatch(/^no change: revision 2 \(generation 2, /);
  });

  test('a broken file is refused with its line, and nothing is touched', async () => {
    const { file } = service();
    const good = await readFile(file, 'utf8');
    await until(
      'the old worker is gone',
      async () => ((await haproxy()).workers.length === 1 ? true : undefined),
      30_000,
    );
    const before = { haproxy: await haproxy(), generation: await generation() };
    const lines = good.split('\n');
    const line = lines.findIndex((one) => one.includes('deployment:')) + 1;
    expect(line).toBeGreaterThan(0);
    await writeFile(file, good.replace('deployment:', 'deploymnet:'));
    try {
      const text = await run('apply', file);
      expect(text.code).toBe(2);
      expect(text.stderr).toContain(`aorta.yaml:${line}:5 error `);
      expect(text.stderr).toContain('"deployment"');
      expect(text.stdout).toContain('nothing was touched');
      const json = await run('apply', '--json', file);
      expect(json.code).toBe(2);
      expect(JSON.parse(json.stdout)).toMatchObject({
        outcome: 'invalid',
        findings: expect.arrayContaining([expect.objectContaining({ severity: 'error', line, column: 5 })]),
      });
      await writeFile(file, 'aorta: [v1\n');
      expect((await run('apply', file)).code).toBe(2);
    } finally {
      await writeFile(file, good);
    }
    expect({ haproxy: await haproxy(), generation: await generation() }).toEqual(before);
  });

  test('an address that another program holds is refused before anything is touched', async () => {
    const { file, estate } = service();
    const good = await readFile(file, 'utf8');
    const before = { haproxy: await haproxy(), generation: await generation() };
    const taken = estate.processes.find(({ role }) => role === 'platform-service');
    const apis = {
      hostname: estate.hostnames.apis,
      address: taken?.address,
      port: taken?.port,
      certificate: 'apis',
    };
    await writeFile(file, service().declaration({ maxConnections: 600, apis }));
    try {
      const { code, stdout, stderr } = await run('apply', file);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^aorta\.yaml:\d+:\d+ error .*address-taken/m);
      expect(stderr).toContain(String(taken?.port));
      expect(stdout).toContain('nothing in service was touched');
    } finally {
      await writeFile(file, good);
    }
    expect({ haproxy: await haproxy(), generation: await generation() }).toEqual(before);
    expect((await run('status')).code).toBe(0);
  });

  test('a killed controller is not noticed, and the next one adopts what runs', async () => {
    const before = await haproxy();
    const connection = await keepConnection(service());
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    const load = startLoad(service());
    await load.more(50);
    service().controller.signal('SIGKILL');
    expect(await service().controller.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await run('status')).code).toBe(1);
    await load.more(50);
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    await service().up();
    expect(service().controller.said().stdout).toContain('no change: revision 2 (generation 2, ');
    expect((await run('status')).code).toBe(0);
    await load.more(50);
    expect(await connection.ask('/lab/echo/kept')).toBe(200);
    connection.close();
    const { sent, lost } = await load.stop();
    expect(lost).toEqual([]);
    console.log(`kill -9 and adoption: ${sent} requests sent, ${lost.length} lost`);
    expect(await haproxy()).toEqual(before);
  });

  test('down leaves no process, no socket and no port', async () => {
    const { addresses, controller, state, estate } = service();
    const { master, workers } = await haproxy();
    const { code, stdout } = await run('down');
    expect(code).toBe(0);
    expect(stdout).toContain('have ended');
    // Before anything is waited for: who runs `aorta up` next must find the place free.
    expect(await readdir(join(state, 'run'))).toEqual([]);
    expect(await controller.ended).toEqual({ code: 0, signal: null });
    expect(await areGone([master, ...workers, controller.pid])).toBe(true);
    for (const address of [addresses.apis, addresses.second]) {
      for (const port of [80, 443]) expect(await isOpen(address, port), `${address}:${port}`).toBe(false);
    }
    // And nobody else's.
    expect(
      await Promise.all(estate.processes.map(({ address, port }) => isOpen(address, port))),
    ).not.toContain(false);
    expect((await run('status')).code).toBe(1);
  });

  test('up starts it again', async () => {
    await service().up();
    await until('all servers are up', async () => ((await run('status')).code === 0 ? true : undefined));
    expect((await service().ask(`${service().origins.apis}/v1/uscore/R4/metadata`)).status).toBe(200);
  });
});

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
