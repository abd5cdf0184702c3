import { expect, test } from 'vitest';
import type { Echo } from '../../lab/servers/api/echo.ts';
import { ask } from '../harness/ask.ts';
import { withService } from './service.ts';

test('a trusted service answers clients on its list, and tells all others why not', async () => {
  await withService(
    {
      deployment: 'minimum',
      tls: 'offload',
      patients: 5,
      allow: (prefix) => [`${prefix}.64/26`, `${prefix}.200`],
    },
    async ({ estate, addresses, prefix, ca }) => {
      const from = (last: number, path: string, address = addresses.second) => {
        const servername = estate.hostnames.apis;
        return ask(address, 443, path, {
          // A client may claim to be a trusted one; it is not believed.
          headers: { host: servername, 'x-forwarded-for': `${prefix}.70` },
          tls: { ca, servername, options: { localAddress: `${prefix}.${last}` } },
        });
      };
      for (const last of [64, 127, 200]) {
        const { status, body } = await from(last, '/lab/echo/trusted');
        expect(status, body).toBe(200);
        const { rawHeaders } = JSON.parse(body) as Echo;
        expect(rawHeaders[rawHeaders.indexOf('x-forwarded-for') + 1]).toBe(`${prefix}.${last}`);
      }
      for (const last of [63, 128, 199, 201]) {
        const plain = await from(last, '/lab/echo/stranger');
        expect(plain.status).toBe(403);
        expect(plain.headers['content-type']).toBe('application/json');
        expect(JSON.parse(plain.body)).toEqual({
          error: 'source-not-allowed',
          message: 'The source address is not on the access list of this service.',
          retry: 'useless',
        });
        const fhir = await from(last, '/v1/uscore/R4/Stranger');
        expect(fhir.status).toBe(403);
        expect(fhir.headers['content-type']).toBe('application/fhir+json');
        expect(JSON.parse(fhir.body)).toMatchObject({
          resourceType: 'OperationOutcome',
          issue: [
            { severity: 'error', code: 'forbidden', diagnostics: expect.stringContaining('access list') },
          ],
        });
      }
      for (const server of ['api-1', 'api-2']) {
        const { requests } = await estate.control(server).stats();
        expect(Object.keys(requests).filter((template) => /stranger/i.test(template))).toEqual([]);
      }
      // The list is that of the one service: the other is for everybody.
      expect((await from(199, '/lab/echo/apis', addresses.apis)).status).toBe(200);
    },
  );
});
