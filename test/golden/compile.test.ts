import { describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { Bug } from '../../src/kernel/bug.ts';
import { duration } from '../../src/model/duration.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import {
  configuration,
  httpListener,
  httpsCheck,
  redirectListener,
  server,
  service,
} from './configurations.ts';

const node: NodeFacts = {
  account: { user: 'haproxy', group: 'haproxy' },
  runtime: runtimeNowhere,
};
const servers = [server('b', '10.0.0.2', 80), server('a', '10.0.0.1', 80)];
const listener = httpListener('10.0.0.10', 80);

describe('limits', () => {
  test('every frontend counts, redirects with at most 1,000, the identity frontend with 10, and writes again', () => {
    const ir = compile(
      configuration([
        service(
          'x',
          [listener, redirectListener('10.0.0.10', 81, 443)],
          { servers },
          { maxConnections: 5_000 },
        ),
        service('y', [httpListener('10.0.0.11', 80)], { servers }, { maxConnections: 300 }),
      ]),
      node,
    );
    expect(ir.global.hopConnections).toBe(5_000 + 300);
    expect(ir.global.maxConnections).toBe(5_000 + 1_000 + 300 + 10 + 5_300);
  });

  test('services whose writes take no hop need no room for them; some is left for old workers', () => {
    const retry = { attempts: 3, safeMethodsOn: [], budget: 20, unansweredWrites: 'close' as const };
    const ir = compile(configuration([service('x', [listener], { servers, retry })]), node);
    expect(ir.global.hopConnections).toBe(100);
    expect(ir.global.maxConnections).toBe(1_000 + 10 + 100);
  });

  test.each([
    ['30s', '30s', '12d', '5m'],
    ['10m', '30s', '1h', '630s'],
    ['30s', '20m', '1h', '1230s'],
    ['30s', '12d', '1h', '1h'],
  ] as const)(
    'client %s, server %s, tunnel %s: old workers end after %s',
    (client, answer, tunnel, expected) => {
      const base = service('x', [listener], { servers });
      const timeouts = {
        ...base.timeouts,
        client: duration(client),
        server: duration(answer),
        tunnel: duration(tunnel),
      };
      const ir = compile(configuration([{ ...base, timeouts }]), node);
      expect(ir.global.hardStopAfter).toBe(duration(expected));
    },
  );
});

test('order: whatever comes in, proxies and servers go out by name', () => {
  const one = service('a-redirect', [listener], { servers });
  const two = service('a', [redirectListener('10.0.0.10', 81, 443), httpListener('10.0.0.12', 80)], {
    servers,
  });
  const ir = compile(configuration([one, two]), node);
  expect(ir.frontends.map((frontend) => frontend.name)).toEqual(['a', 'a-redirect', 'a.redirect']);
  expect(ir.backends.map((backend) => backend.name)).toEqual(['a-redirect.servers', 'a.servers']);
  expect(ir.backends[0]?.servers.map((one) => one.name)).toEqual(['a', 'b']);
  expect(compile(configuration([two, one]), node)).toEqual(ir);
});

test('a cookie is for TLS only unless a client may come without', () => {
  const persistence = { type: 'cookie', name: 'C', idle: duration('1m'), life: duration('1h') } as const;
  const secure = (listeners: Parameters<typeof service>[1]) =>
    compile(configuration([service('x', listeners, { servers, persistence })]), node).backends[0]
      ?.persistence;
  expect(secure([listener])).toMatchObject({ secure: false });
  expect(secure([redirectListener('10.0.0.10', 80, 443)])).toMatchObject({ secure: true });
});

test('an https check without TLS settings is a bug: the declaration refuses it', () => {
  const wrong = configuration([service('x', [listener], { servers, healthCheck: httpsCheck('/') })]);
  expect(() => compile(wrong, node)).toThrow(Bug);
});

test('the result is frozen', () => {
  const ir = compile(configuration([service('x', [listener], { servers })]), node);
  expect(Object.isFrozen(ir.backends[0]?.servers)).toBe(true);
});
