import { createServer, type Server } from 'node:http';
import { expect, test } from 'vitest';
import type { ServiceStatus } from '../../src/model/status.ts';
import { ask } from '../harness/ask.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { startProduct } from '../harness/product.ts';
import { until } from '../harness/until.ts';

/** A server whose every answer is 200, and whose document says which version it is. */
async function versioned(): Promise<{ address: string; version: string; server: Server }> {
  const one = { address: loopbackAddress(), version: '4.0.1' };
  const server = createServer((request, response) => {
    response.end(request.url === '/metadata' ? JSON.stringify({ fhirVersion: one.version }) : one.address);
  });
  await new Promise<void>((resolve) => server.listen(8000, one.address, resolve));
  return Object.assign(one, { server });
}

// Guards: deep checks that are made, and change nothing, in the running product.
test('a server that fails a deep check is kept out, all of them are not, and the status says why', async () => {
  const [one, two] = [await versioned(), await versioned()];
  const address = loopbackAddress();
  const deepChecks = {
    capability: {
      type: 'document',
      path: '/metadata',
      expect: [{ pointer: '/fhirVersion', equals: '4.0.1' }],
      interval: '1s',
      timeout: '1s',
      fall: 1,
      rise: 1,
    },
  };
  const product = await startProduct({
    aorta: 'v1',
    site: 'deep checks',
    virtualServices: {
      live: {
        listeners: [{ protocol: 'http', address, port: 8080 }],
        maxConnections: 100,
        pool: {
          trustedSegment: 'loopback',
          healthCheck: { type: 'http', interval: '500ms', fastInterval: '250ms' },
          deepChecks,
          servers: {
            one: { address: one.address, port: 8000 },
            two: { address: two.address, port: 8000 },
          },
        },
      },
    },
  });
  const service = async (): Promise<ServiceStatus | undefined> => {
    const { stdout } = await product.run('status', '--json');
    return (JSON.parse(stdout) as { services: ServiceStatus[] }).services[0];
  };
  const answering = async (): Promise<string[]> => {
    const met = new Set<string>();
    for (let count = 0; count < 8; count += 1) met.add((await ask(address, 8080, '/')).body);
    return [...met].sort();
  };
  const both = [one.address, two.address].sort();
  const answered = (by: readonly string[]) =>
    until(`answers come from ${by.join(' and ')}`, async () => {
      return (await answering()).join() === by.join() ? true : undefined;
    });
  try {
    await answered(both);
    two.version = '3.0.2';
    await answered([one.address]);
    const kept = await service();
    expect(kept?.state).toBe('degraded');
    expect(kept?.conditions.join('\n')).toContain('deep check capability');
    expect(kept?.servers.find(({ name }) => name === 'two')).toMatchObject({
      rungs: [{ name: 'capability', state: 'failing' }],
      advice: { health: 'down' },
    });

    // The same of both: it is the check that is doubted, and nobody is turned away.
    one.version = '3.0.2';
    await answered(both);
    const doubted = await until('the doubt is said', async () => {
      const seen = await service();
      return seen?.conditions.some((sentence) => /doubted/.test(sentence)) === true ? seen : undefined;
    });
    expect(doubted.state).not.toBe('down');

    one.version = '4.0.1';
    await answered([one.address]);
    // Nobody is left who would hold it down: what HAProxy sees itself decides.
    const { stdout } = await product.run('status', '--json');
    expect(stdout).toContain('"failing"');
    two.version = '4.0.1';
    await answered(both);
    await until('all is well', async () => ((await service())?.state === 'healthy' ? true : undefined));
  } finally {
    await product.stop();
    for (const { server } of [one, two]) {
      server.closeAllConnections();
      server.close();
    }
  }
});
