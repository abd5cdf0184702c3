import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { readOutline } from '../../src/dataplane/haproxy/outline.ts';
import { inheritedState } from '../../src/dataplane/haproxy/server-state.ts';
import type { Rendering } from '../../src/ir/rendering.ts';
import type { Configuration, ConfiguredPool } from '../../src/model/configuration.ts';
import { duration } from '../../src/model/duration.ts';
import type { ServerTls } from '../../src/model/server-tls.ts';
import { render } from '../../src/render/render.ts';
import {
  configuration,
  hostname,
  httpCheck,
  httpListener,
  httpsCheck,
  name,
  port,
  server,
  service,
  tcpCheck,
} from '../golden/configurations.ts';
import { ask } from '../harness/ask.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { type RunningHaproxy, withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from '../harness/upstream.ts';

const apis = 'apis.stelsewhere.example';
const verified: ServerTls = {
  verify: 'required',
  authority: name('hospital'),
  serverName: hostname(apis),
};
const quick = {
  interval: duration('200ms'),
  fastInterval: duration('100ms'),
  downInterval: duration('100ms'),
  fall: 1,
  rise: 1,
};

let authority: TestAuthority;
let stranger: TestAuthority;
let good: TestCertificate;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([makeAuthority(), makeAuthority()]);
  good = await authority.issue([apis]);
});

async function upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const started = await startUpstream(options);
  onTestFinished(() => started.close());
  return started;
}

function pool(
  at: string,
  behind: readonly { address: string; port: number }[],
  rest: Partial<ConfiguredPool>,
): Configuration {
  const servers = behind.map((one, index) => server(`api-${index + 1}`, one.address, one.port));
  return configuration([service('live', [httpListener(at, 80)], { servers, ...rest })], {
    authorities: [
      { name: name('hospital'), path: ['authorities', 'hospital'], material: authority.material },
    ],
  });
}

function run(wanted: Configuration, use: (haproxy: RunningHaproxy) => Promise<void>): Promise<void> {
  return withHaproxy((node) => render(compile(wanted, node)), use);
}

/** Status and last check of a server, when a check has come to an end. */
async function checked(
  haproxy: RunningHaproxy,
  serverName = 'api-1',
): Promise<{ status: string; check: string }> {
  return until('a finished check', async () => {
    const [head = '', ...rows] = (await haproxy.command('show stat')).split('\n');
    const columns = head.replace(/^# /, '').split(',');
    const row = rows
      .map((text) => text.split(','))
      .find((cells) => cells[0] === 'live.servers' && cells[1] === serverName);
    const cell = (column: string) => row?.[columns.indexOf(column)] ?? '';
    const check = cell('check_status');
    return check === '' || check === 'INI' || check.startsWith('*')
      ? undefined
      : { status: cell('status'), check };
  });
}

describe('TLS to a server', () => {
  test('a sound certificate is taken by checks and by traffic, and kept connections are used again', async () => {
    const at = loopbackAddress();
    const behind = await upstream({ tls: good });
    await run(
      pool(at, [behind], { tls: verified, healthCheck: httpsCheck('/health', quick) }),
      async (haproxy) => {
        expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L7OK' });
        for (let turn = 0; turn < 3; turn += 1) expect((await ask(at, 80, '/')).status).toBe(200);
      },
    );
  });

  test.each([
    ['for another name', () => authority.issue(['other.stelsewhere.example'])],
    ['that is expired', () => authority.issue([apis], 'expired')],
    ['of an unknown authority', () => stranger.issue([apis])],
  ])('a certificate %s is refused by checks and by traffic', async (_, issue) => {
    const at = loopbackAddress();
    const behind = await upstream({ tls: await issue() });
    await run(
      pool(at, [behind], { tls: verified, healthCheck: httpsCheck('/health', quick) }),
      async (haproxy) => {
        expect(await checked(haproxy)).toEqual({ status: 'DOWN', check: 'L6RSP' });
        expect((await ask(at, 80, '/')).status).toBe(503);
      },
    );
    // Traffic must refuse by itself, also when the check does not look at the certificate.
    await run(
      pool(at, [behind], { tls: verified, healthCheck: { ...tcpCheck, ...quick } }),
      async (haproxy) => {
        expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L4OK' });
        expect((await ask(at, 80, '/')).status).toBe(503);
      },
    );
    expect(behind.requests).toHaveLength(0);
    expect(behind.checks).toHaveLength(0);
  });

  test('a certificate that turns bad is refused, although sessions of the good one could be resumed', async () => {
    const at = loopbackAddress();
    const before = await startUpstream({ tls: good });
    await run(pool(at, [before], { tls: verified, healthCheck: { ...tcpCheck, ...quick } }), async () => {
      for (let turn = 0; turn < 3; turn += 1) expect((await ask(at, 80, '/')).status).toBe(200);
      await before.close();
      const bad = await authority.issue(['other.stelsewhere.example']);
      const after = await upstream({ tls: bad, address: before.address, port: before.port });
      for (let turn = 0; turn < 5; turn += 1) expect((await ask(at, 80, '/')).status).toBe(503);
      expect(after.requests).toHaveLength(0);
    });
  });

  test('without verification any certificate is taken', async () => {
    const at = loopbackAddress();
    const behind = await upstream({ tls: await stranger.issue(['x.example']) });
    const tls: ServerTls = { verify: 'none', reason: 'A synthetic estate.' };
    await run(pool(at, [behind], { tls, healthCheck: httpsCheck('/', quick) }), async (haproxy) => {
      expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L7OK' });
      expect((await ask(at, 80, '/')).status).toBe(200);
    });
  });
});

describe('health checks', () => {
  test('an http check asks as declared', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    const healthCheck = httpCheck("/v1/it's,(a)%20path", {
      ...quick,
      method: 'OPTIONS',
      host: hostname(apis),
    });
    await run(pool(at, [behind], { healthCheck }), async (haproxy) => {
      expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L7OK' });
    });
    expect(behind.checks[0]).toMatchObject({
      method: 'OPTIONS',
      url: "/v1/it's,(a)%20path",
      headers: { host: apis, 'user-agent': 'aorta-check' },
    });
  });

  test('an unexpected status takes the server out', async () => {
    const at = loopbackAddress();
    const behind = await upstream();
    const healthCheck = httpCheck('/', { ...quick, expectStatus: [204, 302] });
    await run(pool(at, [behind], { healthCheck }), async (haproxy) => {
      expect(await checked(haproxy)).toEqual({ status: 'DOWN', check: 'L7STS' });
    });
  });

  test('a pool with TLS can be checked in plain on another port', async () => {
    const at = loopbackAddress();
    const behind = await upstream({ tls: good });
    const health = await upstream({ address: behind.address, port: 8001 });
    const healthCheck = httpCheck('/health', { ...quick, port: port(8001) });
    await run(pool(at, [behind], { tls: verified, healthCheck }), async (haproxy) => {
      expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L7OK' });
      expect((await ask(at, 80, '/')).status).toBe(200);
    });
    expect(health.checks.length).toBeGreaterThan(0);
  });

  test('an https check can use another port', async () => {
    const at = loopbackAddress();
    const behind = await upstream({ tls: good });
    await upstream({ address: behind.address, port: 8001, tls: good });
    const healthCheck = httpsCheck('/health', { ...quick, port: port(8001) });
    await run(pool(at, [behind], { tls: verified, healthCheck }), async (haproxy) => {
      expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L7OK' });
    });
  });

  test('a tcp check only connects', async () => {
    const at = loopbackAddress();
    const address = loopbackAddress();
    const received: Buffer[] = [];
    const listener = createServer((socket) => {
      socket.on('data', (part) => received.push(part));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => listener.listen(8000, address, resolve));
    onTestFinished(() => void listener.close());
    const healthCheck = { ...tcpCheck, ...quick };
    await run(pool(at, [{ address, port: 8000 }], { tls: verified, healthCheck }), async (haproxy) => {
      expect(await checked(haproxy)).toEqual({ status: 'UP', check: 'L4OK' });
      listener.close();
      await until('the server is down', async () =>
        (await checked(haproxy)).check === 'L4CON' ? true : undefined,
      );
    });
    expect(received).toEqual([]);
  });

  test('errors in traffic take a server out before the next check does', async () => {
    const at = loopbackAddress();
    const broken = await upstream({ answer: (_, response) => response.writeHead(500).end() });
    const sound = await upstream();
    const slow = {
      ...tcpCheck,
      interval: duration('1h'),
      fastInterval: duration('1h'),
      downInterval: duration('1h'),
    };
    const wanted = pool(at, [broken, sound], {
      healthCheck: slow,
      passiveCheck: { errorLimit: 3 },
      balance: 'roundrobin',
    });
    await run(wanted, async () => {
      for (let turn = 0; turn < 20; turn += 1) await ask(at, 80, '/', { method: 'POST', body: '{}' });
    });
    expect(broken.requests).toHaveLength(3);
    expect(sound.requests).toHaveLength(17);
  });
});

describe('persistence', () => {
  test('a cookie brings a client back, and the servers never see it', async () => {
    const at = loopbackAddress();
    const behind = [await upstream(), await upstream()];
    const persistence = {
      type: 'cookie',
      name: 'AORTA',
      idle: duration('30m'),
      life: duration('12h'),
    } as const;
    await run(pool(at, behind, { persistence, balance: 'roundrobin' }), async () => {
      const first = await ask(at, 80, '/');
      const [cookie = '', ...attributes] = (first.headers['set-cookie'] ?? '').split('; ');
      expect(cookie).toMatch(/^AORTA=api-[12]/);
      expect(attributes).toContain('HttpOnly');
      expect(attributes).not.toContain('Secure');
      for (let turn = 0; turn < 4; turn += 1) {
        expect((await ask(at, 80, '/', { headers: { cookie: `own=1; ${cookie}` } })).body).toBe(first.body);
      }
    });
    for (const { headers } of behind.flatMap(({ requests }) => requests))
      expect(headers.cookie ?? '').not.toContain('AORTA');
  });

  test('an IPv4 client keeps its server by its address', async () => {
    const at = loopbackAddress();
    const behind = [await upstream(), await upstream()];
    const persistence = { type: 'sourceAddress', expire: duration('30m'), entries: 1_000 } as const;
    await run(pool(at, behind, { persistence, balance: 'roundrobin' }), async () => {
      const bodies = new Set<string>();
      for (let turn = 0; turn < 6; turn += 1) bodies.add((await ask(at, 80, '/')).body);
      expect(bodies.size).toBe(1);
    });
  });

  test('without persistence a client gets one server after the other', async () => {
    const at = loopbackAddress();
    const behind = [await upstream(), await upstream()];
    await run(pool(at, behind, { balance: 'roundrobin' }), async () => {
      for (let turn = 0; turn < 6; turn += 1) await ask(at, 80, '/');
    });
    expect(behind.map(({ requests }) => requests.length)).toEqual([3, 3]);
  });
});

test('the running process answers with the digest of its generation', async () => {
  const at = loopbackAddress();
  await run(pool(at, [{ address: loopbackAddress(), port: 8000 }], {}), async (haproxy) => {
    expect(await haproxy.identity()).toBe(haproxy.rendering.digest);
    expect(await haproxy.messages()).not.toMatch(/WARNING.*config/);
  });
});

function textOf(rendering: Rendering): string {
  return String(rendering.files.find(({ path }) => path === 'haproxy.cfg')?.content);
}

describe('the state of servers over a reload', () => {
  /** Runs `before`, does something to it, then runs `after` with the state that was carried over. */
  async function carried(
    before: Configuration,
    act: (haproxy: RunningHaproxy) => Promise<void>,
    after: Configuration,
    use: (haproxy: RunningHaproxy) => Promise<void>,
  ): Promise<void> {
    let dump = '';
    let from = '';
    await run(before, async (haproxy) => {
      await act(haproxy);
      from = textOf(haproxy.rendering);
      dump = await haproxy.command('show servers state');
    });
    await withHaproxy((node) => {
      const rendering = render(compile(after, node));
      const state = inheritedState(dump, readOutline(from), readOutline(textOf(rendering)));
      writeFileSync(node.runtime.serverStateFile, state);
      return rendering;
    }, use);
  }

  test('a drained server stays drained', async () => {
    const at = loopbackAddress();
    const behind = [await upstream(), await upstream()];
    const wanted = pool(at, behind, { balance: 'roundrobin' });
    const drain = async (haproxy: RunningHaproxy) =>
      void (await haproxy.command('set server live.servers/api-1 state drain'));
    await carried(wanted, drain, wanted, async () => {
      for (let turn = 0; turn < 4; turn += 1) await ask(at, 80, '/');
    });
    expect(behind.map(({ requests }) => requests.length)).toEqual([0, 4]);
  });

  // Guards against clear text: HAProxy prefers the state file to the configuration for TLS and the port.
  test('a pool that is changed to TLS is spoken to by TLS at once', async () => {
    const at = loopbackAddress();
    const address = loopbackAddress();
    const plain = await startUpstream({ address });
    const nothing = async () => undefined;
    const before = pool(at, [plain], {});
    const after = pool(at, [plain], { tls: verified });
    await plain.close();
    const behind = await upstream({ address, tls: good });
    await carried(before, nothing, after, async () => {
      expect((await ask(at, 80, '/')).status).toBe(200);
    });
    expect(behind.requests).toHaveLength(1);
  });

  test('a server that moves is found at its new port', async () => {
    const at = loopbackAddress();
    const old = await upstream();
    const moved = await upstream({ address: old.address, port: 8002 });
    await carried(
      pool(at, [old], {}),
      async () => undefined,
      pool(at, [moved], {}),
      async () => {
        expect((await ask(at, 80, '/')).status).toBe(200);
      },
    );
    expect(moved.requests).toHaveLength(1);
  });
});
