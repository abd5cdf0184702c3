import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readOutline } from './outline.ts';
import { descriptorProblem, memoryProblem, preflight } from './preflight.ts';

async function occupied(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: address, port: 0 }, resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('not listening on a port');
  return bound.port;
}

const listening = (bind: string) => readOutline(`frontend f\n  bind ${bind}\n`);

test.each(['127.211.3.9', '::1'])('an address that is taken is named: %s', async (address) => {
  const port = await occupied(address);
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  expect(await preflight(listening(place), undefined)).toMatchObject([
    { code: 'address-taken', line: 2, what: `another program listens on ${place}` },
  ]);
});

test('a wildcard is taken when one address under it is', async () => {
  const port = await occupied('127.211.3.10');
  expect(await preflight(listening(`*:${port}`), undefined)).toMatchObject([{ code: 'address-taken' }]);
});

test('what our own HAProxy holds is not taken', async () => {
  const port = await occupied('127.211.3.11');
  const same = listening(`127.211.3.11:${port}`);
  expect(await preflight(same, same)).toEqual([]);
});

test.each(['192.0.2.7:8080', '[2001:db8::7]:8080'])(
  'an address of another machine is refused: %s',
  async (place) => {
    expect(await preflight(listening(place), undefined)).toMatchObject([
      { code: 'address-not-local', line: 2 },
    ]);
    expect(await preflight(listening(`${place} transparent`), undefined)).toEqual([]);
    const coming = new Set([place.startsWith('[') ? '2001:db8::7' : '192.0.2.7']);
    expect(await preflight(listening(place), undefined, coming)).toEqual([]);
  },
);

test('a limit of open files that is too low is refused, with the number that is needed', () => {
  const outline = readOutline(
    'global\n  maxconn 10000\nfrontend f\n  bind :80\nbackend b\n  server a 10.0.0.1:80\n',
  );
  expect(descriptorProblem(outline, 20_102)).toMatchObject({
    code: 'descriptor-limit',
    what: expect.stringContaining('20103'),
  });
  expect(descriptorProblem(outline, 20_103)).toBeUndefined();
});

test('a wildcard of ours is exchanged for an address under it, if this machine has that', async () => {
  const port = await occupied('0.0.0.0');
  const wildcard = listening(`*:${port}`);
  expect(await preflight(listening(`127.211.3.12:${port}`), wildcard)).toEqual([]);
  expect(await preflight(listening(`192.0.2.7:${port}`), wildcard)).toMatchObject([
    { code: 'address-not-local' },
  ]);
});

test('memory that may not be enough is warned of, with the numbers, and refuses nothing', () => {
  const text = (bind: string, defaults: string) =>
    readOutline(
      `global\n  maxconn 22010\nfrontend f\n  bind :443${bind}\nbackend b\n  default-server check${defaults}\n  server a 10.0.0.1:80\n`,
    );
  const bridging = text(' ssl crt-list x', ' ssl verify none');
  expect(memoryProblem(bridging, 2_000 * 1_048_576)).toEqual({
    code: 'memory-limit',
    severity: 'warning',
    what: 'all 22010 connections at once would need up to 4345 MiB of memory (aorta explain shows the arithmetic), and 2000 MiB are available',
    mend: expect.stringMatching(/./),
  });
  expect(memoryProblem(bridging, 4_346 * 1_048_576)).toBeUndefined();
  expect(memoryProblem(text(' ssl crt-list x', ''), 3_000 * 1_048_576)).toBeUndefined();
  expect(memoryProblem(text('', ''), 700 * 1_048_576)).toMatchObject({ code: 'memory-limit' });
  // Half of them are HAProxy's own, for writes: no TLS to clients, and none more to servers.
  const withHop = readOutline(
    'global\n  maxconn 22010\nfrontend aorta.hop\n  maxconn 11005\nfrontend f\n  bind :443 ssl crt-list x\n',
  );
  expect(memoryProblem(withHop, 1_074 * 1_048_576)?.what).toBe(
    'all 11005 connections at once would need up to 2024 MiB of memory (aorta explain shows the arithmetic), and 1074 MiB are available',
  );
});
