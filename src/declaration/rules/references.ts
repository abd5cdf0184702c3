import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import type { Draft, Section } from '../draft.ts';
import { nearest } from '../shape.ts';
import { sound } from './rule.ts';

/** Every name that refers to something must find it; everything that is declared should be referred to. */
export function* references(draft: Draft): Generator<Finding> {
  const used = { certificates: new Set<string>(), authorities: new Set<string>() };
  for (const { path, value } of sound(draft.virtualServices)) {
    for (const [index, listener] of value.listeners.entries()) {
      if (listener.protocol !== 'https') continue;
      for (const [position, name] of listener.certificates.entries()) {
        used.certificates.add(name);
        yield* dangling(
          draft.certificates,
          name,
          [...path, 'listeners', index, 'certificates', position],
          'certificates',
        );
      }
    }
    for (const [role, { hosts }] of Object.entries(value.dependsOn ?? {})) {
      for (const [index, name] of hosts.entries())
        yield* dangling(draft.hosts, name, [...path, 'dependsOn', role, 'hosts', index], 'hosts');
    }
    const { tls, servers } = value.pool;
    if (tls?.verify === 'required') {
      used.authorities.add(tls.authority);
      yield* dangling(draft.authorities, tls.authority, [...path, 'pool', 'tls', 'authority'], 'authorities');
    }
    for (const [name, server] of Object.entries(servers)) {
      if (server.host === undefined) continue;
      yield* dangling(draft.hosts, server.host, [...path, 'pool', 'servers', name, 'host'], 'hosts');
    }
  }
  // A service that could not be read may be the one that uses an entry.
  const complete = [...draft.virtualServices.values()].every((entry) => entry.value !== undefined);
  if (!complete || draft.findings.some((finding) => finding.severity === 'error')) return;
  for (const section of ['certificates', 'authorities'] as const) {
    for (const entry of draft[section].values()) {
      if (used[section].has(entry.name)) continue;
      yield {
        code: 'unused-entry',
        severity: 'warning',
        path: entry.path,
        what: `"${entry.name}" is used nowhere`,
        mend: 'refer to it, or remove it',
      };
    }
  }
}

function* dangling<T>(section: Section<T>, name: string, path: Path, where: string): Generator<Finding> {
  if (section.has(name)) return;
  const names = [...section.keys()];
  const likely = nearest(name, names);
  const known = names.length === 0 ? `\`${where}\` is empty` : `declared: ${names.slice(0, 10).join(', ')}`;
  yield {
    code: 'dangling-reference',
    severity: 'error',
    path,
    what: `"${name}" is not declared in \`${where}\``,
    mend: likely === undefined ? `declare it there; ${known}` : `did you mean "${likely}"?`,
  };
}
