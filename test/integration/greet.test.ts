import { X509Certificate } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { greet } from '../../src/dataplane/system/greet.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { authority, server as certified, OpensslFixture } from '../../src/pki/openssl-fixture.ts';
import { render } from '../../src/render/render.ts';
import { configuration, httpsListener, name, server, service } from '../golden/configurations.ts';
import { sendRaw } from '../harness/ask.ts';
import { facts } from '../harness/certificates.ts';
import { withHaproxy } from '../harness/haproxy.ts';
import { loopbackAddress } from '../harness/loopback.ts';
import { until } from '../harness/until.ts';

const hostname = 'apis.stelsewhere.example';

// Guards: whoever watches a change counts failed handshakes, and must not count those of the controller.
test('a greeting shows the chain of a listener, and HAProxy notices nothing of it', async () => {
  const at = loopbackAddress();
  const pki = new OpensslFixture();
  onTestFinished(() => pki.close());
  const root = pki.issue({ subject: '/CN=Hospital Root', extensions: authority });
  const middle = pki.issue({ subject: '/CN=Hospital Issuing', issuer: root, extensions: authority });
  const leaf = pki.issue({ subject: '/CN=api', issuer: middle, extensions: certified(hostname) });
  const chain = [leaf.certificate, middle.certificate];
  const material = { chain, key: new Secret(leaf.key), facts: facts([hostname]), issuers: [] };
  const wanted = configuration(
    [
      service('live', [httpsListener(at, 443, 'live')], {
        servers: [server('api-1', loopbackAddress(), 9)],
      }),
    ],
    {
      certificates: [{ name: name('live'), path: ['certificates', 'live'], material }],
    },
  );
  await withHaproxy(
    (node) => render(compile(wanted, node)),
    async (haproxy) => {
      for (let turn = 0; turn < 20; turn += 1)
        expect(await greet({ address: at, port: 443 }, hostname, 5_000)).toEqual({
          kind: 'chain',
          fingerprints: chain.map((pem) =>
            new X509Certificate(pem).fingerprint.replaceAll(':', '').toLowerCase(),
          ),
        });
      // One that fails is seen; had a greeting been, it would stand before it.
      await sendRaw(at, 443, 'GET / HTTP/1.0\r\n\r\n');
      const failed = await until('the failed handshake in the log', async () => {
        const lines = (await haproxy.logLines()).filter((line) => line.includes('connection-failed'));
        return lines.length === 0 ? undefined : lines;
      });
      expect(failed).toHaveLength(1);
      expect(await haproxy.logLines()).toEqual(failed);
    },
  );
});
