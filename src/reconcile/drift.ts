import type { Loaded } from '../dataplane/port.ts';
import type { FileIr, HaproxyIr } from '../ir/haproxy.ts';
import { hop } from '../ir/hop.ts';
import { byCodeUnits } from '../kernel/order.ts';
import type { RuntimeState } from '../model/runtime-state.ts';
import { renderCompanion } from '../render/companion.ts';
import type { Correction, DriftFinding } from './drift-finding.ts';
import { findServerDrift } from './drift-servers.ts';
import { findWatchDrift } from './drift-watches.ts';

/** Desired and found, side by side. */
export interface DriftObservation {
  readonly ir: HaproxyIr;
  /** Of the generation that is to run; absent when none is. */
  readonly expectedDigest: string | undefined;
  /** What the running HAProxy answers with; absent when it does not answer. */
  readonly runningDigest: string | undefined;
  readonly state: RuntimeState | undefined;
  readonly loaded: Loaded | undefined;
  /** Files of the generation that are not as they were written. */
  readonly tampered: readonly string[];
  /** What is to be loaded; see `certificateFingerprints`. */
  readonly certificates: ReadonlyMap<string, string>;
}

/**
 * Everything that is not as desired. Pure; to be asked only while no change is under way. When another configuration
 * runs, or none, that is all there is to say: the rest only follows from it.
 */
export function findDrift(observation: DriftObservation): DriftFinding[] {
  const { ir, state, loaded } = observation;
  const files = findFileDrift(observation.tampered);
  const process = findProcessDrift(observation);
  if (process !== undefined) return [process, ...files];
  if (state === undefined) return files;
  return [
    ...files,
    ...findFrontendDrift(ir, state),
    ...findServerDrift(ir, state),
    ...findWatchDrift(ir, state),
    ...(loaded === undefined ? [] : findCertificateDrift(observation, loaded)),
    ...(loaded === undefined ? [] : findListDrift(ir, loaded)),
  ];
}

function findProcessDrift(observation: DriftObservation): DriftFinding | undefined {
  const { expectedDigest, runningDigest, state } = observation;
  const found = (what: string): DriftFinding => ({
    key: 'process',
    kind: 'process',
    what,
    correction: 'reload',
  });
  if (expectedDigest === undefined) {
    if (runningDigest === undefined) return undefined;
    return found('HAProxy runs; nothing was applied that it should run');
  }
  if (runningDigest === undefined && state === undefined) {
    return found('HAProxy does not run; it should carry the traffic');
  }
  if (state === undefined) return found('HAProxy does not answer on its runtime socket; it should');
  if (runningDigest === undefined) {
    return found('HAProxy does not say which configuration it runs; it should run the one in service');
  }
  if (runningDigest === expectedDigest) return undefined;
  return found(
    `HAProxy runs another configuration (${short(runningDigest)}); it should run the one in service (${short(expectedDigest)})`,
  );
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

function findFileDrift(tampered: readonly string[]): DriftFinding[] {
  if (tampered.length === 0) return [];
  const verb = tampered.length === 1 ? 'was' : 'were';
  const what = `${some(tampered)} ${verb} edited or removed on disk; the generation in service should be as it was written`;
  return [{ key: 'files', kind: 'files', what, correction: 'reload' }];
}

function findFrontendDrift(ir: HaproxyIr, state: RuntimeState): DriftFinding[] {
  const found = new Map(state.frontends.map(({ name, status }) => [name, status]));
  return [...ir.frontends.map(({ name }) => name), hop].flatMap((name): DriftFinding[] => {
    const status = found.get(name);
    if (status === 'open' || status === 'full') return [];
    const is = status === undefined ? 'is not there' : 'is stopped or paused';
    const what = `the frontend ${name} ${is}; it should take connections`;
    return [{ key: `frontend ${name}`, kind: 'frontend', what, correction: 'reload' }];
  });
}

function findCertificateDrift({ ir, certificates }: DriftObservation, loaded: Loaded): DriftFinding[] {
  const findings: DriftFinding[] = [];
  for (const file of ir.files) {
    if (file.kind !== 'certificate') continue;
    const desired = certificates.get(file.path);
    const found = loaded.certificates.get(file.path);
    if (desired === undefined || found === desired) continue;
    const base = { key: `certificate ${file.path}`, kind: 'certificate' } as const;
    const should = `it should be the one in service (SHA-1 ${desired})`;
    if (found === undefined) {
      const what = `the certificate ${file.path} is not loaded; ${should}`;
      findings.push({ ...base, what, correction: 'reload' });
    } else {
      const what = `the certificate ${file.path} in memory is another (SHA-1 ${found}); ${should}`;
      findings.push({ ...base, what, correction: replaceCertificate(file) });
    }
  }
  return findings;
}

function replaceCertificate(file: Extract<FileIr, { kind: 'certificate' }>): Correction {
  const { content } = renderCompanion(file);
  return typeof content === 'string' ? 'reload' : [{ kind: 'replace-certificate', file: file.path, content }];
}

function findListDrift(ir: HaproxyIr, loaded: Loaded): DriftFinding[] {
  return ir.files.flatMap((file): DriftFinding[] => {
    if (file.kind !== 'networks' && file.kind !== 'drained-servers') return [];
    const desired = new Set(file.kind === 'networks' ? file.networks : file.servers);
    const found = new Set(loaded.lists.get(file.path));
    const added = [...found].filter((entry) => !desired.has(entry));
    const missing = [...desired].filter((entry) => !found.has(entry));
    if (added.length === 0 && missing.length === 0) return [];
    const parts = [
      ...(added.length === 0 ? [] : [`has ${some(added)}, which should not be in it`]),
      ...(missing.length === 0 ? [] : [`lacks ${some(missing)}, which should be in it`]),
    ];
    return [
      {
        key: `list ${file.path}`,
        kind: 'list',
        what: `the list ${file.path} ${parts.join(', and ')}`,
        // Of a list that is not loaded at all nothing can be replaced.
        correction: loaded.lists.has(file.path)
          ? [{ kind: 'replace-list', file: file.path, entries: [...desired].sort(byCodeUnits) }]
          : 'reload',
      },
    ];
  });
}

function some(entries: readonly string[]): string {
  const named = entries.slice(0, 3).join(', ');
  return entries.length > 3 ? `${named} and ${entries.length - 3} more` : named;
}
