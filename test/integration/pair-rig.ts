import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { AddressState, Instance, VrrpInstance } from '../../src/dataplane/port.ts';
import { type RuntimePaths, runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import type { Outcome } from '../../src/reconcile/outcome.ts';
import { openRoom, type Room } from '../harness/room.ts';
import { until } from '../harness/until.ts';
import type { Shape } from './dataplane-rig.ts';
import type { PairOrders } from './pair-driver.ts';

/** One node of a pair, in a room of its own; the other node is not there. */
export interface PairRig {
  readonly room: Room;
  readonly state: string;
  readonly paths: RuntimePaths;
  /** The controller of the moment. */
  readonly controller: Controller;
  /** Kills it with SIGKILL, and starts another one. */
  replaceController(): Promise<void>;
}

/** What the driver does, with what it gives back. */
interface Answers {
  readonly apply: Outcome;
  readonly applyBroken: Outcome;
  readonly tend: boolean;
  readonly state: AddressState | undefined;
  readonly instance: Instance | undefined;
  readonly stop: undefined;
  readonly hurt: number;
  readonly reload: string[];
  readonly write: undefined;
  readonly passOn: undefined;
  readonly stopPassingOn: undefined;
  readonly giveUp: number;
  readonly noteMove: undefined;
  readonly remember: undefined;
  readonly leave: undefined;
  readonly comeBack: undefined;
  readonly makeWay: undefined;
  readonly takePart: undefined;
}

export interface Controller {
  do<K extends keyof PairOrders>(name: K, ...words: Parameters<PairOrders[K]>): Promise<Answers[K]>;
}

const driver = join(import.meta.dirname, 'pair-driver.ts');

/** A room, and a controller in it; all gone after the test, also when it fails. */
export async function createPairRig(): Promise<PairRig> {
  const room = await openRoom();
  onTestFinished(() => room.close());
  const state = join(room.directory, 'state');
  let current = startDriver(room, state);
  return {
    room,
    state,
    paths: runtimePaths(state),
    get controller() {
      return current;
    },
    replaceController: async () => {
      await current.kill();
      current = startDriver(room, state);
    },
  };
}

function startDriver(room: Room, state: string): Controller & { kill(): Promise<void> } {
  const flags = ['--disable-warning=ExperimentalWarning'];
  const child = room.spawn(process.execPath, [...flags, driver, state]);
  child.stderr?.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    do: async (name, ...words) => {
      child.stdin?.write(`${JSON.stringify({ name, words })}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the driver ended before it answered to ${name}`);
      const { result, error } = JSON.parse(value) as { result?: unknown; error?: string };
      if (error !== undefined) throw new Error(`${name}: ${error}`);
      return result as never;
    },
    kill: async () => {
      const ended = once(child, 'close');
      // The process that enters the room is not the one in it.
      const pid = await room.run('pgrep', '-f', `pair-driver.ts ${state}$`);
      await room.run('kill', '-9', pid.trim());
      await ended;
    },
  };
}

const kernelsOwn = new Set(['127.0.0.1', '::1', '10.77.0.11']);

/** The virtual addresses of these tests. */
export const anchor = '10.77.0.100';
export const second = '10.77.0.101';
export const sixth = 'fd77::100';

/** A node that holds these addresses, alone; a listener on the first one. */
export function nodeShape(
  paths: RuntimePaths,
  excluded: readonly string[] = [],
  adjust: (conf: string) => string = (conf) => conf,
): Shape {
  return {
    frontends: [{ name: 'live', bind: `${anchor}:8080` }],
    backend: ['server one 127.0.0.1:9'],
    files: [{ path: 'keepalived.conf', content: adjust(keepalivedConf(paths, excluded)) }],
  };
}

/** A machine that is no node of a pair. */
export const singleShape: Shape = {
  frontends: [{ name: 'live', bind: '127.0.0.1:8080' }],
  backend: ['server one 127.0.0.1:9'],
};

/** What one node of two is told, until the product writes it itself. */
export function keepalivedConf(
  { healthFile, groupFiles }: RuntimePaths,
  excluded: readonly string[],
): string {
  const list = excluded.map((address) => `    ${address}/${address.includes(':') ? 128 : 32} dev front\n`);
  return `global_defs {
  router_id lb-a
  vrrp_version 3
  enable_script_security
  script_user root
  vrrp_garp_master_delay 1
  vrrp_garp_master_repeat 3
  vrrp_garp_master_refresh 1
  vrrp_priority -20
  vrrp_no_swap
}
vrrp_track_file health {
  file ${healthFile}
  weight 0
}
vrrp_track_file group {
  file ${groupFiles}main
  weight -30
}
vrrp_instance main {
  state BACKUP
  nopreempt
  interface front
  virtual_router_id 51
  priority 254
  advert_int 0.2
  unicast_src_ip 10.77.0.11
  unicast_peer {
    10.77.0.12
  }
  virtual_ipaddress {
    ${anchor}/32 dev front
  }
  virtual_ipaddress_excluded {
${list.join('')}  }
  track_file {
    health weight 0
    group weight -30
  }
}
`;
}

/** Waits until the node is in this state of VRRP. @throws Error with what was seen last and the log of keepalived */
export async function untilState(
  { controller, room, state }: PairRig,
  wanted: NonNullable<VrrpInstance['state']>,
): Promise<AddressState> {
  let last: AddressState | undefined;
  try {
    return await until(`the node is ${wanted}`, async () => {
      last = await controller.do('state');
      return last?.instances[0]?.state === wanted ? last : undefined;
    });
  } catch (cause) {
    const log = await room.run(
      'tail',
      '-n',
      '30',
      `${state}/log/keepalived.log`,
      `${state}/log/watchdog.log`,
    );
    throw new Error(`never ${wanted}; last: ${JSON.stringify(last)}\n${log}`, { cause });
  }
}

/** What runs of the data plane in a room, by command line. */
export async function processesIn(room: Room): Promise<string[]> {
  const lines = (await room.run('ps', '-e', '-o', 'args=')).split('\n');
  return lines.filter((line) => /haproxy|keepalived|watchdog/.test(line));
}

/** The addresses on an interface, without those that the kernel gives itself. */
export async function addressesOn(room: Room, device: string): Promise<string[]> {
  const [found] = JSON.parse(await room.run('ip', '-j', 'address', 'show', 'dev', device)) as [
    { readonly addr_info: readonly { readonly local: string; readonly scope: string }[] },
  ];
  const all = found.addr_info.filter(({ scope }) => scope !== 'link').map(({ local }) => local);
  return all.filter((address) => !kernelsOwn.has(address)).toSorted();
}
