import type { BackendIr, HaproxyIr } from '../../src/ir/haproxy.ts';
import {
  backend,
  bind,
  certificate,
  certificateList,
  frontend,
  ir,
  networks,
  server,
  tlsBind,
} from '../../src/plan/ir-fixture.ts';
import { plan } from '../../src/plan/make-plan.ts';
import type { Step } from '../../src/plan/plan.ts';
import { api1, api2, between, live } from '../../src/plan/plan-fixture.ts';

export type Example = Omit<Step, 'path'>;

/** Plans of changes that operators make, so that the page cannot say other words than the product. */
export function examples(): readonly Example[] {
  const base = live([api1, api2]);
  const api3 = server('api-3', { address: '10.0.1.3' });
  const cookie = {
    kind: 'cookie',
    drainedList: 'drained/live.list',
    name: 'AORTA',
    idle: 1_800_000,
    life: 43_200_000,
    secure: true,
  } as const;
  const pool = (rest: Parameters<typeof backend>[2]): HaproxyIr => ({
    ...base,
    backends: [backend('live', [api1, api2], rest)],
  });
  const listening = (address: string, limit = 1_000): HaproxyIr =>
    ir({
      frontends: [frontend('live', [bind(address, 80)], { maxConnections: limit })],
      backends: base.backends,
    });
  const secured = (version: number, ...names: readonly string[]): HaproxyIr =>
    ir({
      frontends: [frontend('live', [tlsBind('10.0.0.10', 443, 'crt-lists/live.list')])],
      backends: base.backends,
      files: [...names.map((name) => certificate(name, version)), certificateList('live', ...names)],
    });
  const allowing = (...list: readonly string[]): HaproxyIr => ({
    ...base,
    files: [networks('live', ...list)],
  });
  const authority = (text: string): HaproxyIr => ({
    ...base,
    files: [{ kind: 'authority', path: 'ca/hospital.pem', origin: [], certificates: [text] }],
  });
  return [
    ...between(base, live([{ ...api1, admin: 'drain' }, api2])).steps,
    ...between(base, live([{ ...api1, admin: 'maintenance' }, api2])).steps,
    ...between(live([{ ...api1, admin: 'drain' }, api2]), base).steps,
    ...between(base, live([{ ...api1, weight: 20 }, api2])).steps,
    ...between(base, live([{ ...api1, address: '10.0.1.9' }, api2])).steps,
    ...between(base, live([{ ...api1, maxConnections: 50 }, api2])).steps,
    ...between(base, live([api1, api2, api3])).steps,
    ...between(base, live([api2])).steps,
    ...between(live([api1, api2], cookie), live([api1, api2, api3], cookie), false).steps,
    ...between(secured(1, 'live'), secured(2, 'live')).steps,
    ...between(secured(1, 'live'), secured(1, 'live', 'portal')).steps,
    ...between(allowing('10.0.0.0/8'), allowing('10.0.0.0/8', '192.0.2.0/24')).steps,
    ...between(base, listening('10.0.0.10', 900)).steps,
    ...between(base, listening('10.0.0.10', 1_100)).steps,
    ...between(base, pool({ timeouts: { ...timeoutsOf(base), server: 60_000 } })).steps,
    ...between(base, pool({ balance: 'roundrobin' })).steps,
    ...between(authority('one'), authority('two')).steps,
    ...between(base, listening('10.0.0.12')).steps,
    ...between(base, listening('0.0.0.0')).steps,
    ...plan(undefined, base, {}, { dynamicCookie: true }).steps,
  ];
}

function timeoutsOf({ backends }: HaproxyIr): BackendIr['timeouts'] {
  const [first] = backends;
  if (first === undefined) throw new TypeError('no backend');
  return first.timeouts;
}
