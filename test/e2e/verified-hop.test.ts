import { describe, expect, test } from 'vitest';
import type { Estate } from '../../lab/estate.ts';
import { type Service, withService } from './service.ts';

/** Guards that requests verify a server on their own, also when the health check proves nothing but an open port. */
describe('bridging with a health check that does not see certificates', () => {
  const options = {
    deployment: 'minimum',
    tls: 'bridging',
    patients: 5,
    parameters: { checks: ['tcp'] },
  } as const;
  const path = '/lab/echo/hop';
  const arrived = async (estate: Estate, server: string) =>
    (await estate.control(server).stats()).requests[`GET ${path}`] ?? 0;
  /** How often each server, or the balancer itself, answered. */
  const answersOf = async (service: Service, name: 'apis' | 'apps', count: number) => {
    const answers: Record<string, number> = {};
    for (let index = 0; index < count; index += 1) {
      const { status, headers } = await service.ask(service.origins[name] + path);
      const who = `${status} ${String(headers['x-lab-server'] ?? 'balancer')}`;
      answers[who] = (answers[who] ?? 0) + 1;
    }
    return answers;
  };

  test('a server with a certificate for another name, or of an unknown authority, gets no request', async () => {
    await withService(options, async (service) => {
      const { estate } = service;
      // One service for each fault: what was verified once is used again, and rightly.
      await estate.control('api-1').inject({ kind: 'wrong-certificate' });
      const { '503 balancer': refused = 0, ...answered } = await answersOf(service, 'apis', 20);
      expect(answered).toEqual({ '200 api-2': 20 - refused });
      // HAProxy does not retry after a wrong name; the third such request in a row takes the server out. The check of
      // an open port brings it back for as many more: on a slow machine that can happen once while 20 are asked for.
      expect(refused).toBeLessThanOrEqual(6);
      await estate.control('api-1').inject({ kind: 'untrusted-certificate' });
      expect(await answersOf(service, 'apps', 20)).toEqual({ '200 api-2': 20 });
      expect(await arrived(estate, 'api-1')).toBe(0);
    });
  });

  test('when no server can prove itself, none gets a request', async () => {
    await withService(options, async (service) => {
      const { estate } = service;
      await estate.control('api-1').inject({ kind: 'expired-certificate' });
      await estate.control('api-2').inject({ kind: 'wrong-certificate' });
      expect(await answersOf(service, 'apis', 20)).toEqual({ '503 balancer': 20 });
      expect(await arrived(estate, 'api-1')).toBe(0);
      expect(await arrived(estate, 'api-2')).toBe(0);
    });
  });
});
