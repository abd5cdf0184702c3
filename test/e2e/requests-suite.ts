import { describe, expect, test } from 'vitest';
import type { TlsMode } from '../../lab/estate.ts';
import type { Echo } from '../../lab/servers/api/echo.ts';
import { ask, askHttp2, type Question } from '../harness/ask.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import type { Service } from './service.ts';

/** What passes between client and server, at both services. */
export function describeRequests(started: () => Service, tls: TlsMode): void {
  describe.each(['apis', 'apps'] as const)('requests to %s', (name) => {
    const place = () => {
      const { addresses, estate, ca } = started();
      const hostname = estate.hostnames[name];
      return { hostname, address: name === 'apis' ? addresses.apis : addresses.second, ca };
    };
    const send = (path: string, { tls: more, ...question }: Partial<Question> = {}) => {
      const { hostname, address, ca } = place();
      return ask(address, 443, path, {
        ...question,
        headers: { host: hostname, ...question.headers },
        tls: { ca, servername: hostname, ...more },
      });
    };

    test('port 80 only sends clients to https', async () => {
      const { hostname, address } = place();
      const target = '/v1/uscore/R4/Patient?name=a%20b&code=http://loinc.org|8867-4';
      const location = `https://${hostname}${target}`;
      for (const [method, status] of [
        ['GET', 301],
        ['HEAD', 301],
        ['POST', 308],
        ['PUT', 308],
        ['DELETE', 308],
      ] as const) {
        const answer = await ask(address, 80, target, { method, headers: { host: hostname } });
        expect({ method, status: answer.status, location: answer.headers['location'] }).toEqual({
          method,
          status,
          location,
        });
      }
      for (const host of [
        'evil.example',
        `${hostname}.evil.example`,
        'evil.example:443',
        `evil.example#${hostname}`,
      ]) {
        const answer = await ask(address, 80, target, { headers: { host } });
        expect(`${JSON.stringify(answer.headers)}${answer.body}`, host).not.toContain('evil');
        if (answer.status !== 400) expect(answer.headers['location']).toBe(location);
      }
    });

    test('the server learns the client and keeps the name; what a client claims is removed', async () => {
      const { hostname, address, ca } = place();
      const localAddress = loopbackAddress();
      const claims = {
        'X-Forwarded-For': '203.0.113.66',
        'x-forwarded-proto': 'http',
        'X-Forwarded-Host': 'evil.example',
        'X-Forwarded-Port': '8080',
        'X-Forwarded-Prefix': '/evil',
        Forwarded: 'for=203.0.113.66;host=evil.example',
      };
      const expected = {
        host: [hostname],
        'x-forwarded-for': [localAddress],
        'x-forwarded-proto': ['https'],
        'x-forwarded-host': [hostname],
        'x-forwarded-port': ['443'],
      };
      const over1 = await send('/lab/echo/1', {
        headers: claims,
        tls: { ca, servername: hostname, options: { localAddress } },
      });
      expect(about(over1.body)).toEqual(expected);
      const over2 = await askHttp2(address, 443, '/lab/echo/2', {
        headers: { ...claims, ':authority': hostname },
        tls: { ca, servername: hostname },
      });
      expect(about(over2.body)).toEqual({ ...expected, 'x-forwarded-for': ['127.0.0.1'] });
      // As many clients write it; it is theirs to say.
      const withPort = await send('/lab/echo/3', { headers: { host: `${hostname}:443` } });
      expect(about(withPort.body)['host']).toEqual([`${hostname}:443`]);
    });

    test('the hop to the server is as the deployment says', async () => {
      const { hostname } = place();
      for (const path of ['/lab/echo/1', '/lab/echo/2']) {
        const echo = JSON.parse((await send(path)).body) as Echo;
        if (tls === 'offload') expect(echo.tls).toBeUndefined();
        else {
          expect(echo.tls?.servername).toBe(hostname);
          expect(['TLSv1.2', 'TLSv1.3']).toContain(echo.tls?.protocol);
        }
      }
    });

    test('answers carry HSTS once, and the identifiers that support asks for', async () => {
      const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
      const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
      const answer = await send('/lab/echo/1', { headers: { traceparent } });
      expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
      expect(answer.headers['mtrestapi-requestid']).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['traceparent']).toContain(trace);
      const { rawHeaders } = JSON.parse(answer.body) as Echo;
      expect(rawHeaders[rawHeaders.indexOf('traceparent') + 1]).toBe(traceparent);
    });
  });
}

/** Host and all that is said about the way here, as an API server received it. */
function about(body: string): Record<string, string[]> {
  const { rawHeaders } = JSON.parse(body) as Echo;
  const found: Record<string, string[]> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const key = (rawHeaders[index] ?? '').toLowerCase();
    if (key !== 'host' && !key.includes('forwarded')) continue;
    found[key] = [...(found[key] ?? []), rawHeaders[index + 1] ?? ''];
  }
  return found;
}
