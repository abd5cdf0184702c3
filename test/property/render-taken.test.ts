import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { duration } from '../../src/model/duration.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import { render } from '../../src/render/render.ts';
import { cases, hostname, network } from '../golden/configurations.ts';
import { makeAuthority, type TestAuthority, type TestCertificate } from '../harness/certificates.ts';
import { checkRendering } from '../harness/haproxy.ts';
import { hostile, places } from './hostile.ts';

const node: NodeFacts = {
  runtime: runtimeNowhere,
};

describe('whatever the model takes', () => {
  let authority: TestAuthority;
  let certificate: TestCertificate;
  beforeAll(async () => {
    authority = await makeAuthority();
    certificate = await authority.issue(['*.stelsewhere.example']);
  });

  const urlPath = fc.stringMatching(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]{0,60}$/);
  const header = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,30}$/);
  const word = fc.stringMatching(/^[A-Za-z0-9$._-]{1,20}$/);

  test('HAProxy takes too', async () => {
    const real = { certificate: () => certificate.material, authority: () => authority.material };
    await fc.assert(
      fc.asyncProperty(
        urlPath,
        fc.array(urlPath, { maxLength: 5 }),
        header,
        fc.array(word, { maxLength: 50 }),
        async (path, fhirPaths, requestIdHeader, pathWords) => {
          const built = cases['bridging']?.(real);
          if (built === undefined) throw new TypeError('bridging');
          const virtualServices = built.virtualServices.map((service) => ({
            ...service,
            errorAnswers: { ...service.errorAnswers, fhirPaths },
            accessLog: { ...service.accessLog, requestIdHeader, pathWords },
            pool: { ...service.pool, healthCheck: { ...service.pool.healthCheck, path } },
          }));
          const { ok, output } = await checkRendering(render(compile({ ...built, virtualServices }, node)));
          expect(ok, output).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  // Beyond what the model takes: HAProxy itself must find nothing in a hostile text but text.
  test.each(['host of a check', 'sni of a check', 'name of the servers', 'host names', 'path words'])(
    'and hostile text as %s is no more than text to it',
    async (place) => {
      const change = places[place];
      const built = cases['bridging']?.({
        certificate: () => certificate.material,
        authority: () => authority.material,
      });
      if (change === undefined || built === undefined) throw new TypeError(place);
      await fc.assert(
        fc.asyncProperty(hostile, async (text) => {
          fc.pre(!/\p{Cc}/u.test(text) && text.isWellFormed());
          const { ok, output } = await checkRendering(render(change(compile(built, node), text)));
          expect(ok, output).toBe(true);
        }),
        { numRuns: 25 },
      );
    },
  );

  // HAProxy takes 64 words in a line; what may be longer must be spread over lines.
  test('lists may be long', async () => {
    const built = cases['bridging']?.({
      certificate: () => certificate.material,
      authority: () => authority.material,
    });
    if (built === undefined) throw new TypeError('bridging');
    const many = Array.from({ length: 200 }, (_, index) => index);
    const virtualServices = built.virtualServices.map((service) => ({
      ...service,
      hostnames: many.map((index) => hostname(`h${index}.stelsewhere.example`)),
      allow: many.map((index) => network(`10.0.${index}.0/24`)),
      errorAnswers: { ...service.errorAnswers, fhirPaths: many.map((index) => `/v${index}/r4`) },
      accessLog: { ...service.accessLog, pathWords: many.map((index) => `Word${index}-${'x'.repeat(40)}`) },
      timeouts: {
        ...service.timeouts,
        long: {
          server: duration('1h'),
          paths: [
            ...many.map((index) => `/v${index}/bulk` as const),
            ...many.map((index) => `$export${index}`),
          ],
        },
      },
      pool: {
        ...service.pool,
        healthCheck: { ...service.pool.healthCheck, expectStatus: many.map((index) => 200 + index) },
      },
    }));
    const { ok, output } = await checkRendering(render(compile({ ...built, virtualServices }, node)));
    expect(ok, output).toBe(true);
  });
});
