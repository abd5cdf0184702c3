import type { Path } from '../../../kernel/path.ts';
import { formatDuration } from '../../../model/duration.ts';
import type { NotedTree } from '../../noted.ts';
import { from, known } from '../../noted.ts';
import { alsoPort } from './dependencies.ts';
import type { Parameters } from './parameters.ts';
import { sources } from './sources.ts';

/** The rung that HAProxy asks, twice a second by default. */
export function healthCheck(parameters: Parameters, hostname: string): NotedTree {
  const rhythm = {
    alsoPort: alsoPort(parameters),
    interval: from(['checkInterval'], formatDuration(parameters.checkInterval)),
    fastInterval: known('250ms', sources.checkRhythm),
    downInterval: known('1s', sources.rise),
    timeout: known('500ms', sources.checkTimeout),
    fall: known(2, sources.fall),
    rise: known(10, sources.rise),
  };
  if (!parameters.checks.includes('unauthenticated-read'))
    return from(['checks'], { type: known('tcp', sources.tcp), ...rhythm });
  return from(['checks'], {
    type: from(['tls'], parameters.tls === 'bridging' ? 'https' : 'http'),
    ...rhythm,
    method: known('GET', sources.unauthenticated),
    path: fhirPath(parameters, '/Patient'),
    host: known(hostname, sources.sni),
    expectStatus: known([401], sources.unauthenticated),
  });
}

/** The rungs that the controller asks, the cheapest first; undefined when there are none. */
export function deepChecks(parameters: Parameters, hostname: string): NotedTree | undefined {
  const { checks, transaction } = parameters;
  const host = known(hostname, sources.sni);
  const patience = { fall: known(2, sources.deepPatience), rise: known(2, sources.deepPatience) };
  const rungs: Record<string, NotedTree> = {};
  if (checks.includes('capability')) {
    rungs['capability'] = {
      type: known('document', sources.capability),
      path: fhirPath(parameters, '/metadata'),
      host,
      accept: known('application/fhir+json', sources.capability),
      expectStatus: known([200], sources.capability),
      expect: known(
        [
          { pointer: '/resourceType', equals: 'CapabilityStatement' },
          { pointer: '/fhirVersion', equals: from(['fhirVersion'], parameters.fhirVersion) },
        ],
        sources.capability,
      ),
      interval: known('30s', sources.capability),
      timeout: known('5s', sources.capability),
      ...patience,
    };
  }
  if (checks.includes('smart-configuration')) {
    rungs['smart-configuration'] = {
      type: known('document', sources.smart),
      path: known('/.well-known/smart-configuration', sources.smart),
      host,
      expectStatus: known([200], sources.smart),
      expect: known([{ pointer: '/token_endpoint' }], sources.smart),
      interval: known('60s', sources.smart),
      timeout: known('5s', sources.smart),
      ...patience,
    };
  }
  if (transaction !== undefined) {
    const at = (key: string): Path => ['transaction', key];
    rungs['transaction'] = from(['transaction'], {
      type: known('transaction', sources.transaction),
      tokenPath: known('/oauth/token', sources.token),
      clientId: from(at('clientId'), transaction.clientId),
      clientSecret: { file: from(at('secretFile'), transaction.secretFile) },
      scope: transaction.scope === undefined ? undefined : from(at('scope'), transaction.scope),
      authentication: known('basic', sources.token),
      path: from(at('path'), transaction.path),
      host,
      accept: known('application/fhir+json', sources.transaction),
      expectStatus: known([200], sources.transaction),
      expect: known([{ pointer: '/resourceType' }], sources.transaction),
      interval: known('2m', sources.transaction),
      timeout: known('15s', sources.transaction),
      ...patience,
    });
  }
  return Object.keys(rungs).length === 0 ? undefined : from(['checks'], rungs);
}

function fhirPath({ fhirBase }: Parameters, path: string): NotedTree {
  return from(['fhirBase'], `${fhirBase.replace(/\/$/, '')}${path}`);
}
