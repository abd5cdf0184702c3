import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EstateDescription, startEstate } from './estate.ts';
import { ServerClient, startTestEstate } from './test-client.ts';

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pids: readonly number[]): Promise<number[]> {
  const deadline = Date.now() + 10_000;
  while (pids.some(alive) && Date.now() < deadline) await delay(20);
  return pids.filter(alive);
}

/** Processes of an estate by the directory in their command line; the command itself is not one of them. */
async function processesUnder(directory: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (/^\d+$/.test(entry) && command.includes(`${directory}/`)) found.push(Number(entry));
  }
  return found;
}

describe('the command', () => {
  let directory: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lab-command-'));
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    // Only a failed test leaves some; they carry this test's own directory in their command line.
    for (const pid of await processesUnder(directory)) process.kill(pid, 'SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  function run(...args: string[]): ChildProcess {
    child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return child;
  }

  async function startedEstate(prefix: string): Promise<EstateDescription> {
    const { stdout } = run(
      'estate',
      '--topology',
      'minimum',
      '--tls',
      'bridging',
      '--prefix',
      prefix,
      '--directory',
      directory,
      '--patients',
      '2',
    );
    if (stdout === null) throw new Error('stdout is a pipe');
    let text = '';
    for await (const chunk of stdout) {
      text += String(chunk);
      if (text.includes('\n')) break;
    }
    return JSON.parse(text) as EstateDescription;
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('on %s leaves no process', async (signal) => {
    const estate = await startedEstate(`127.251.${Math.floor(Math.random() * 250)}`);
    const pids = estate.processes.map(({ pid }) => pid);
    expect(pids).toHaveLength(7);
    expect(pids.every(alive)).toBe(true);
    child?.kill(signal);
    expect(await gone(pids)).toEqual([]);
  });

  test('killed while it starts leaves no process either', async () => {
    run(
      'estate',
      '--tls',
      'offload',
      '--prefix',
      `127.250.${Math.floor(Math.random() * 250)}`,
      '--directory',
      directory,
    );
    const deadline = Date.now() + 20_000;
    while ((await processesUnder(directory)).length < 6 && Date.now() < deadline) await delay(10);
    child?.kill('SIGKILL');
    const children = await processesUnder(directory);
    expect(children.length).toBeGreaterThan(0);
    expect(await gone(children)).toEqual([]);
  });

  test.each([
    [['estate']],
    [['village', '--directory', 'x']],
    [['estate', '--directory', 'x', '--tls', 'sometimes']],
  ])('%j is the user’s mistake', async (args) => {
    const [code] = (await once(run(...args), 'exit')) as [number];
    expect(code).toBe(2);
  });
});

describe('an estate', () => {
  test('whose address is taken says which one, and leaves nothing behind', async () => {
    const { estate, directory, end } = await startTestEstate({
      topology: 'recommended',
      tls: 'offload',
      patients: 1,
    });
    try {
      const address = estate.machines[0]?.address ?? '';
      const prefix = address.slice(0, address.lastIndexOf('.'));
      const second = startEstate({
        topology: 'recommended',
        tls: 'offload',
        prefix,
        directory: join(directory, 'second'),
        patients: 1,
      });
      await expect(second).rejects.toThrow(/did not start on 127[\d.:]+\n[\s\S]*EADDRINUSE/);
      expect(estate.processes.every(({ pid }) => alive(pid))).toBe(true);
    } finally {
      await end();
    }
  });

  test('refuses a prefix that is not a loopback network', async () => {
    for (const prefix of ['10.0.0', '127.1', '127.1.256', '127.1.2.3']) {
      await expect(
        startEstate({ topology: 'minimum', tls: 'offload', prefix, directory: '/nonexistent' }),
      ).rejects.toThrow('prefix');
    }
  });

  test('keeps keys and configurations to its owner', async () => {
    const { estate, directory, end } = await startTestEstate({
      topology: 'recommended',
      tls: 'bridging',
      patients: 1,
    });
    try {
      const { apis, apps } = estate.certificates;
      for (const file of [
        apis.key,
        apps.pem,
        estate.serverCertificates['api-1']?.valid.key ?? '',
        join(directory, 'api-1.config.json'),
      ]) {
        expect((await stat(file)).mode & 0o777).toBe(0o600);
      }
    } finally {
      await end();
    }
  });

  test('with replicated caches, losing one is felt on its own server only, and it comes back with its content', async () => {
    const { estate, end } = await startTestEstate({ topology: 'minimum', tls: 'offload', patients: 30 });
    const a = await ServerClient.to(estate, 'api-1');
    const b = await ServerClient.to(estate, 'api-2');
    try {
      const headers = { authorization: `Bearer ${await a.token(estate)}` };
      const status = async (on: ServerClient): Promise<number> =>
        (await on.ask('/v1/uscore/R4/Patient', { headers })).status;
      await estate.kill('api-1.cache');
      expect([await status(a), await status(b)]).toEqual([503, 200]);
      await estate.restart('api-1.cache');
      expect([await status(a), await status(b)]).toEqual([200, 200]);
    } finally {
      await a.close();
      await b.close();
      await end();
    }
  });

  test('with isolated caches, a cursor and a token are good on one server only', async () => {
    const { estate, end } = await startTestEstate({
      topology: 'minimum-isolated',
      tls: 'offload',
      patients: 30,
    });
    const a = await ServerClient.to(estate, 'api-1');
    const b = await ServerClient.to(estate, 'api-2');
    try {
      const headers = { authorization: `Bearer ${await a.token(estate)}` };
      expect((await a.ask('/v1/uscore/R4/Patient', { headers })).status).toBe(200);
      expect((await b.ask('/v1/uscore/R4/Patient', { headers })).status).toBe(401);
      const own = { authorization: `Bearer ${await b.token(estate)}` };
      const page = (await a.json('/v1/uscore/R4/Patient', { headers })) as {
        link: { relation: string; url: string }[];
      };
      const { pathname, search } = new URL(page.link.find(({ relation }) => relation === 'next')?.url ?? '');
      expect((await b.ask(pathname + search, { headers: own })).status).toBe(410);
      expect((await a.ask(pathname + search, { headers })).status).toBe(200);
    } finally {
      await a.close();
      await b.close();
      await end();
    }
  });
});
