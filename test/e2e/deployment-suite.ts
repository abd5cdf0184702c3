import { afterAll, beforeAll, describe } from 'vitest';
import type { TlsMode } from '../../lab/estate.ts';
import type { Deployment } from '../harness/estate-declaration.ts';
import { describeClients } from './clients-suite.ts';
import { describeRequests } from './requests-suite.ts';
import { describeServerCertificates } from './server-certificates-suite.ts';
import { type Service, startService } from './service.ts';
import { type SmartApp, startSmartApp } from './smart-app.ts';
import { describeTls } from './tls-suite.ts';

/** All that must hold in any of the four deployments, over one estate and one controller. */
export function describeDeployment(deployment: Deployment, tls: TlsMode): void {
  describe(`the ${deployment} deployment with ${tls}`, () => {
    let service: Service | undefined;
    let smartApp: SmartApp | undefined;
    beforeAll(async () => {
      smartApp = await startSmartApp();
      service = await startService({ deployment, tls, redirectUris: [smartApp.callback] });
    });
    afterAll(async () => {
      smartApp?.end();
      await service?.end();
    });
    const started = () => there(service);
    describeClients(started, () => there(smartApp));
    describeTls(started);
    describeRequests(started, tls);
    // Last, because it leaves servers without a trustworthy certificate.
    if (tls === 'bridging') describeServerCertificates(started);
  });
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it was started before the tests');
  return value;
}
