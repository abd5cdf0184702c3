import type { BirdIr } from '../../src/ir/bird.ts';
import type { FileIr, HaproxyIr, PersistenceIr, ServerIr } from '../../src/ir/haproxy.ts';
import type { KeepalivedIr } from '../../src/ir/keepalived.ts';
import { plan } from '../../src/plan/make-plan.ts';
import type { Step } from '../../src/plan/plan.ts';
import type { EngineAbilities } from '../../src/plan/scene.ts';
import { atWork, certificates, listener, pool, secured, server, service, timeouts } from './plan-scene.ts';

export type Example = Pick<Step, 'impact' | 'what' | 'why' | 'effect'>;

const able: EngineAbilities = { dynamicCookie: true };

const api1 = server('api-1', '10.20.1.11');
const api2 = server('api-2', '10.20.1.12');
const api3 = server('api-3', '10.20.1.13');
const both = pool([api1, api2]);
const base = service({ pool: both });

/** Plans of changes that operators make, so that the page cannot say other words than the product. */
export function examples(): readonly Example[] {
  const servers = (...list: readonly ServerIr[]) => service({ pool: pool(list) });
  const first = (rest: Partial<ServerIr>) => servers({ ...api1, ...rest }, api2);
  const sticking = (...list: readonly ServerIr[]) => service({ pool: pool(list, { persistence: cookie }) });
  const holding = (...files: readonly FileIr[]) => service({ pool: both, bind: secured, files });
  const changes: readonly (readonly [HaproxyIr, HaproxyIr, EngineAbilities?])[] = [
    [base, first({ admin: 'drain' })],
    [base, first({ admin: 'maintenance' })],
    [first({ admin: 'drain' }), base],
    [base, first({ weight: 20 })],
    [base, first({ address: '10.20.1.19' })],
    [servers(api1), servers({ ...api1, address: '10.20.1.19' })],
    [base, first({ maxConnections: 50 })],
    [base, servers(api1, api2, api3)],
    [base, servers(api2)],
    [sticking(api1, api2), sticking(api1, api2, api3), { ...able, dynamicCookie: false }],
    [holding(...certificates('old', 'live')), holding(...certificates('new', 'live'))],
    [holding(...certificates('old', 'live')), holding(...certificates('old', 'live', 'portal'))],
    [holding(networks('10.30.0.0/16')), holding(networks('10.30.0.0/16', '10.31.4.7/32'))],
    [base, service({ pool: both, maxConnections: 1_500 })],
    [base, service({ pool: both, maxConnections: 2_500 })],
    [base, service({ pool: both, maxConnectionsPerSource: 250 })],
    [base, service({ pool: pool([api1, api2], { timeouts: { ...timeouts, server: 600_000 } }) })],
    [base, service({ pool: pool([api1, api2], { balance: 'roundrobin' }) })],
    [holding(authority('old')), holding(authority('new'))],
    [base, service({ pool: both, bind: listener('10.20.0.12') })],
    [base, service({ pool: both, bind: listener('0.0.0.0') })],
  ];
  return [
    ...changes.flatMap(
      ([before, after, abilities = able]) => plan(before, after, { state: atWork }, abilities).steps,
    ),
    ...plan(base, base, {}, able, { before: pair('10.20.0.10'), after: pair('10.20.0.10', '10.20.0.11') })
      .steps,
    ...plan(base, base, {}, able, { after: pair('10.20.0.10') }).steps,
    ...plan(base, base, {}, able, { after: { bird: announced } }).steps,
    ...plan(undefined, base, {}, able).steps,
  ];
}

const cookie: PersistenceIr = {
  kind: 'cookie',
  drainedList: 'drained/live-apis.list',
  name: 'AORTA',
  idle: 1_800_000,
  life: 43_200_000,
  secure: true,
};

function networks(...list: readonly string[]): FileIr {
  return {
    kind: 'networks',
    purpose: 'access',
    path: 'networks/live-trusted.list',
    origin: [],
    networks: list,
  };
}

function pair(anchor: string, ...excluded: readonly string[]): { readonly keepalived: KeepalivedIr } {
  const keepalived = {
    routerId: 'lb-a',
    instances: [
      {
        name: 'main',
        origin: [],
        virtualRouterId: 51,
        interface: 'front',
        groupFile: '/run/aorta/group-main',
        priority: 254,
        preempt: false,
        advertInterval: 200,
        source: '10.20.0.2',
        peers: ['10.20.0.3'],
        anchor,
        excluded,
      },
    ],
    healthFile: '/run/aorta/health',
  };
  return { keepalived };
}

const announced: BirdIr = {
  routerId: '10.20.0.2',
  localAs: 65_010,
  ipv4: ['10.20.0.10'],
  ipv6: [],
  sessions: [{ name: 'core-1', origin: [], router: '10.20.0.1', routerAs: 65_001 }],
  interface: 'front',
  healthFile: '/run/aorta/bird-health',
  withdrawalFile: '/run/aorta/bird-withdrawal',
};

function authority(text: string): FileIr {
  return { kind: 'authority', path: 'ca/hospital.pem', origin: [], certificates: [text] };
}
