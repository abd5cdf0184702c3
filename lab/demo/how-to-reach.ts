import { join } from 'node:path';
import type { EstateDescription } from '../estate.ts';
import { shortPath } from './declaration.ts';
import type { Place } from './place.ts';

/** What a person needs to send a first request, ready to be copied. */
export function howToReach(estate: EstateDescription, { apis, apps }: Place, directory: string): string {
  const { hostnames } = estate;
  const curl = (hostname: string, address: string, path: string) =>
    `  curl --cacert ${shortPath(estate.ca)} \\
    --resolve ${hostname}:443:${address} \\
    https://${hostname}${path}\n`;
  return `
Two virtual services are up, with ${estate.tls === 'bridging' ? 'verified TLS' : 'plain HTTP'} to the API servers:

  apis  https://${hostnames.apis}/v1/uscore/R4   on ${apis}
  apps  https://${hostnames.apps}/v1/uscore/R4   on ${apps}

${curl(hostnames.apis, apis, '/v1/uscore/R4/metadata')}${curl(hostnames.apps, apps, '/.well-known/smart-configuration')}
The declaration is ${shortPath(join(directory, 'aorta.yaml'))}; processes, fault controls and OAuth clients of the estate are in
${shortPath(join(directory, 'estate.json'))}. Commands take --state ${shortPath(join(directory, 'state'))}. Ctrl-C ends everything.

`;
}
