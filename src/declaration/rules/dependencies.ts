import type { Finding } from '../../kernel/diagnostic.ts';
import type { Path } from '../../kernel/path.ts';
import type { Host } from '../../model/host.ts';
import type { Pool } from '../../model/pool.ts';
import type { Draft } from '../draft.ts';
import { nearest } from '../shape.ts';
import { sound } from './rule.ts';

/** What is watched must be one thing each, and what a service depends on must be watched. */
export function* dependencies(draft: Draft): Generator<Finding> {
  for (const { path, value } of sound(draft.hosts)) yield* watches(value, [...path, 'watch']);
  for (const { path, value } of sound(draft.virtualServices)) {
    yield* alsoPort(value.pool, [...path, 'pool', 'healthCheck', 'alsoPort', 'port']);
    for (const [role, { hosts }] of Object.entries(value.dependsOn ?? {})) {
      for (const [index, name] of hosts.entries()) {
        const host = draft.hosts.get(name)?.value;
        if (host === undefined || host.watch?.some((watch) => (watch.role ?? role) === role)) continue;
        yield {
          code: 'not-watched',
          severity: 'warning',
          path: [...path, 'dependsOn', role, 'hosts', index],
          what: `nothing of the role "${role}" is watched on "${name}"`,
          why: 'nobody is told when it is down',
          mend: `add its port to \`watch\` of "${name}"`,
        };
      }
    }
  }
}

function* watches({ watch = [], roles }: Host, at: Path): Generator<Finding> {
  const seen = new Set<number>();
  for (const [index, { port, role }] of watch.entries()) {
    if (seen.has(port)) {
      yield {
        code: 'duplicate-name',
        severity: 'error',
        path: [...at, index, 'port'],
        what: `port ${port} is watched twice`,
        mend: 'keep one of the two',
      };
    }
    seen.add(port);
    if (role === undefined || roles.includes(role)) continue;
    const likely = nearest(role, roles);
    yield {
      code: 'dangling-reference',
      severity: 'error',
      path: [...at, index, 'role'],
      what: `the machine does not have the role "${role}"`,
      mend: likely === undefined ? `its roles are ${roles.join(', ')}` : `did you mean "${likely}"?`,
    };
  }
}

function* alsoPort({ healthCheck, servers }: Pool, at: Path): Generator<Finding> {
  const { port, alsoPort: further } = healthCheck;
  if (further === undefined) return;
  const checked = port === undefined ? Object.values(servers).map((server) => server.port) : [port];
  if (!checked.includes(further.port)) return;
  yield {
    code: 'invalid-value',
    severity: 'error',
    path: at,
    what: `port ${further.port} is checked already`,
    mend: 'write the other port that must accept connections, or remove `alsoPort`',
  };
}
