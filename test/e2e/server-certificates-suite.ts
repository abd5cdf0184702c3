import { describe, expect, test } from 'vitest';
import type { FaultInput } from '../../lab/fault-kinds.ts';
import type { ServerStatus, Status } from '../../src/model/status.ts';
import { aorta } from '../harness/controller.ts';
import { until } from '../harness/until.ts';
import type { Service, ServiceName } from './service.ts';

type CertificateFault = Extract<FaultInput['kind'], `${string}-certificate`>;

const names = ['apis', 'apps'] as const;

/** A check every 10 s, two more to be sure, and a margin for a busy machine. In milliseconds. */
const noticed = 40_000;

/** What bridging is for: a server that cannot prove who it is gets no request. The tests build on each other. */
export function describeServerCertificates(started: () => Service): void {
  describe('certificates of servers', () => {
    const inject = (server: string, kind: CertificateFault) =>
      started().estate.control(server).inject({ kind });
    const serverIn = (status: Status, name: ServiceName, server: string): ServerStatus | undefined =>
      status.services.find((one) => one.name === `live-${name}`)?.servers.find((one) => one.name === server);

    /** Waits until both services have taken the server out and say why; answers what the status says. */
    const takenOut = (server: string, because: Readonly<Record<ServiceName, RegExp>>) =>
      until(
        `${server} is out because ${because.apis}`,
        async () => {
          const status = await started().status();
          const out = names.every((name) => {
            const seen = serverIn(status, name, server);
            return seen?.state === 'down' && because[name].test(seen.cause ?? '');
          });
          return out ? status : undefined;
        },
        noticed,
      );
    /** Answers the servers that answered; any other answer than 200 is a failure. */
    const ask = async (name: ServiceName): Promise<string> => {
      const { status, headers, text } = await started().ask(
        `${started().origins[name]}/lab/echo/certificates`,
      );
      expect(status, text).toBe(200);
      return String(headers['x-lab-server']);
    };
    const both = (because: RegExp) => ({ apis: because, apps: because });

    test('one that has expired takes its server out, with the day; no request is lost on the way', async () => {
      await inject('api-1', 'expired-certificate');
      const day = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
      const ended = new AbortController();
      let asked = 0;
      const traffic = async () => {
        for (; !ended.signal.aborted; asked += names.length) {
          for (const name of names) await ask(name);
        }
      };
      const [status] = await Promise.all([
        takenOut('api-1', both(new RegExp(`expired on ${day}`))).finally(() => ended.abort()),
        traffic(),
      ]);
      expect(asked).toBeGreaterThan(10);
      for (const name of names) {
        for (let index = 0; index < 10; index += 1) expect(await ask(name)).toBe('api-2');
        const service = status.services.find((one) => one.name === `live-${name}`);
        expect(service?.state).toBe('degraded');
        expect(service?.conditions).toContain('1 of 2 servers take requests.');
        expect(service?.conditions.join('\n')).toMatch(/api-1 .*expired on/);
      }
      const { code, stdout } = await aorta('status', '--state', started().state);
      expect(code, 'a degraded service is no failure').toBe(0);
      expect(stdout).toContain(`expired on ${day}`);
    });

    test('one for another name, and one of an unknown authority, are named; then no request leaks', async () => {
      const { estate, origins } = started();
      await inject('api-1', 'untrusted-certificate');
      await inject('api-2', 'wrong-certificate');
      await Promise.all([
        takenOut('api-1', both(/issued by an unknown authority \(.*Unknown Lab Issuing/)),
        takenOut('api-2', {
          apis: new RegExp(`does not cover ${estate.hostnames.apis} .*some-other-server`),
          apps: new RegExp(`does not cover ${estate.hostnames.apps} .*some-other-server`),
        }),
      ]);
      for (const name of names) {
        for (let index = 0; index < 5; index += 1) {
          const plain = await started().ask(`${origins[name]}/lab/echo/leak`, { method: 'POST', body: 'x' });
          expect(plain.status).toBe(503);
          expect(Number(plain.headers['retry-after'])).toBeGreaterThan(0);
          expect(plain.headers['content-type']).toBe('application/json');
          expect(JSON.parse(plain.text)).toMatchObject({ error: 'no-server', retry: 'safe' });
          const fhir = await started().ask(`${origins[name]}/v1/uscore/R4/Leak`);
          expect(fhir.status).toBe(503);
          expect(fhir.headers['content-type']).toBe('application/fhir+json');
          expect(fhir.headers['strict-transport-security']).toMatch(/^max-age=\d+$/);
          expect(JSON.parse(fhir.text)).toMatchObject({ resourceType: 'OperationOutcome' });
        }
      }
      for (const server of ['api-1', 'api-2']) {
        const { requests } = await estate.control(server).stats();
        expect(Object.keys(requests).filter((template) => /leak/i.test(template))).toEqual([]);
      }
      const { code } = await aorta('status', '--state', started().state);
      expect(code, 'a service that is down is one').toBe(1);
    });

    test('a server that can prove itself again is taken back', async () => {
      for (const server of ['api-1', 'api-2']) await started().estate.control(server).heal();
      await until(
        'both services are healthy',
        async () =>
          (await started().status()).services.every(({ state }) => state === 'healthy') ? true : undefined,
        noticed,
      );
      for (const name of names) {
        const met = new Set<string>();
        for (let index = 0; index < 10; index += 1) met.add(await ask(name));
        expect([...met].sort()).toEqual(['api-1', 'api-2']);
      }
    });
  });
}
