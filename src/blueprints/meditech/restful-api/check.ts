import type { Finding } from '../../../kernel/diagnostic.ts';
import type { Path } from '../../../kernel/path.ts';
import { isName } from '../../../model/name.ts';
import type { Parameters } from './parameters.ts';

/** What the shape of the parameters cannot see: which of them go together. Paths are relative to the use. */
export function check(parameters: Parameters, service: string): readonly Finding[] {
  const findings: Finding[] = [];
  const error = (path: Path, code: Finding['code'], what: string, mend: string, why?: string) =>
    findings.push({ code, severity: 'error', path, what, mend, ...(why === undefined ? {} : { why }) });

  if (parameters.apps === undefined && parameters.trusted === undefined) {
    error(
      [],
      'missing-key',
      '"apps" is missing',
      'add `apps` with its host name, or `trusted` with an allow-list where the site has no apps host',
    );
  }
  if (parameters.apps !== undefined && parameters.trusted !== undefined) {
    error(
      ['trusted'],
      'invalid-value',
      '"apps" and "trusted" are both there',
      'keep one; spell a third service out under `virtualServices`',
    );
  }
  if (Object.keys(parameters.apiServers).length === 0) {
    error(['apiServers'], 'no-server', 'there is no API server', 'add at least two, as `name: address`');
  }
  if (parameters.deployment === 'minimum' && Object.keys(parameters.cacheServers).length > 0) {
    error(
      ['cacheServers'],
      'invalid-value',
      'a minimum deployment has no Cache servers of its own',
      'remove `cacheServers`, or set `deployment: recommended`',
      'there the Cache service runs on the API servers',
    );
  }
  if (!isName(`${service}-trusted`)) {
    error(
      [],
      'invalid-name',
      `the name ${JSON.stringify(service)} is too long`,
      'use at most 55 characters',
      'names such as `NAME-apis` are made from it',
    );
  }
  checkTrust(parameters, error);
  checkMachines(parameters, error);
  checkWatch(parameters, error);
  findings.push(...unwatched(parameters));
  return findings;
}

type Report = (path: Path, code: Finding['code'], what: string, mend: string, why?: string) => void;

function checkTrust({ tls, backendTrust, trustedSegment }: Parameters, error: Report): void {
  if (tls === 'offload') {
    if (backendTrust !== undefined) {
      error(
        ['backendTrust'],
        'invalid-value',
        '"backendTrust" has no use with `tls: offload`',
        'remove it, or set `tls: bridging`',
      );
    }
    return;
  }
  if (trustedSegment !== undefined) {
    error(
      ['trustedSegment'],
      'invalid-value',
      '"trustedSegment" has no use with `tls: bridging`',
      'remove it',
    );
  }
  if (backendTrust === undefined) {
    error(
      [],
      'missing-key',
      '"backendTrust" is missing',
      "add `backendTrust: { ca: FILE }` with the authority that signed the API servers' certificates",
      'bridging verifies the API servers',
    );
  } else if (backendTrust.verify === 'required' && backendTrust.ca === undefined) {
    error(
      ['backendTrust'],
      'missing-key',
      '"ca" is missing',
      "add the PEM file of the authority that signed the API servers' certificates",
    );
  } else if (backendTrust.verify === 'none' && backendTrust.reason === undefined) {
    error(
      ['backendTrust'],
      'missing-key',
      '"reason" is missing',
      'write why the API servers are not verified, in a sentence',
    );
  }
}

const behind = [
  ['cache', 'cacheServers', 'Cache servers'],
  ['platformService', 'platformService', 'Platform Service'],
  ['fileLibrary', 'fileLibrary', 'File Library'],
  ['monitorService', 'monitorService', 'Monitor Service'],
] as const;

function checkWatch(parameters: Parameters, error: Report): void {
  const { watch = {}, deployment, whenCacheIsDown } = parameters;
  for (const [key, group, called] of behind) {
    const one = watch[key];
    if (one === undefined) continue;
    const onApiServers = key === 'cache' && deployment === 'minimum';
    if (!onApiServers && Object.keys(parameters[group]).length === 0) {
      const mend = `add them under \`${group}\`, or remove it`;
      error(['watch', key], 'invalid-value', `there is no machine with the role: ${called}`, mend);
    }
    if (one.type === 'tcp' && one.path !== undefined) {
      const mend = 'remove it, or set `type: http`';
      error(['watch', key, 'path'], 'invalid-value', '"path" has no use with `type: tcp`', mend);
    }
    if (onApiServers && whenCacheIsDown === 'leave' && one.type !== 'tcp') {
      error(
        ['watch', key, 'type'],
        'invalid-value',
        `\`type: ${one.type}\` cannot take an API server out`,
        'use `type: tcp`, or set `whenCacheIsDown: condition`',
        'the health check of an API server asks one question only, and that is about the API',
      );
    }
  }
}

/** Said once: `watch`, whatever is in it, ends it. */
function unwatched(parameters: Parameters): Finding[] {
  if (parameters.watch !== undefined) return [];
  const there = behind.filter(([, group]) => Object.keys(parameters[group]).length > 0);
  const called = [
    ...(parameters.deployment === 'minimum' ? ['the Cache services on the API servers'] : []),
    ...there.map(([, , name]) => name),
  ];
  if (called.length === 0) return [];
  const key = parameters.deployment === 'minimum' ? 'cache' : (there[0]?.[0] ?? 'cache');
  return [
    {
      code: 'not-watched',
      severity: 'advice',
      path: [],
      what: `nothing behind the API is watched: ${called.join(', ')}`,
      why: 'nobody is told when one of them is down',
      mend: `name their ports, such as \`watch: { ${key}: { port: PORT } }\`, or write \`watch: {}\` when they are not to be watched`,
    },
  ];
}

const groups = ['apiServers', 'cacheServers', 'platformService', 'fileLibrary', 'monitorService'] as const;

/** A machine may have several roles, but only one address. */
function checkMachines(parameters: Parameters, error: Report): void {
  const addresses = new Map<string, string>();
  for (const group of groups) {
    for (const [name, address] of Object.entries(parameters[group])) {
      const other = addresses.get(name);
      if (other !== undefined && other !== address) {
        error(
          [group, name],
          'duplicate-name',
          `${JSON.stringify(name)} has two addresses, ${other} and ${address}`,
          'give two machines two names',
        );
      }
      addresses.set(name, address);
    }
  }
}
