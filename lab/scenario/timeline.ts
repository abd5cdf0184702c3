import { signal } from '../pair/processes.ts';
import type { Crowd } from './crowd.ts';
import type { Loads } from './load/loads.ts';
import type { Mark } from './recording.ts';
import type { Action } from './schema.ts';
import type { Balancer, PairSetting, Setting } from './setting.ts';

/** What actions act upon. */
export interface Stage {
  readonly setting: Setting;
  readonly load: Pick<Loads, 'multiply'>;
  readonly crowd: Crowd;
}

const now = (): number => performance.timeOrigin + performance.now();

/** Does what the time line says, each action at its moment. @param begin milliseconds since 1970 @returns what was done, and when */
export async function play(actions: readonly Action[], begin: number, stage: Stage): Promise<Mark[]> {
  const marks = actions.map(async (action): Promise<Mark> => {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + action.at - now())));
    const at = now();
    await perform(action, stage);
    const on = 'on' in action ? action.on : [];
    return { at, done: now(), ...wordsOf(action), on };
  });
  return (await Promise.all(marks)).sort((a, b) => a.at - b.at);
}

async function perform(action: Action, { setting, load, crowd }: Stage): Promise<void> {
  const { estate, links, product } = setting;
  switch (action.do) {
    case 'kill':
      for (const node of nodesIn(setting, action.on))
        if (action.program !== undefined) node.kill(action.program, action.signal);
      await Promise.all(serversIn(setting, action.on).map((name) => estate.kill(name)));
      return;
    case 'restart':
      await Promise.all(action.on.map((name) => estate.restart(name)));
      return;
    case 'freeze':
      for (const node of nodesIn(setting, action.on)) node.freeze(action.program);
      signal(pidsOf(setting, action.on), 'SIGSTOP');
      return;
    case 'thaw':
      for (const node of nodesIn(setting, action.on)) node.thaw(action.program);
      signal(pidsOf(setting, action.on), 'SIGCONT');
      return;
    case 'power-cut':
      await Promise.all(nodesIn(setting, action.on).map((node) => node.powerCut()));
      return;
    case 'power-on':
      await Promise.all(nodesIn(setting, action.on).map((node) => node.powerOn()));
      return;
    case 'split':
      await pairOf(setting).split(...action.on);
      return;
    case 'join':
      await pairOf(setting).join();
      return;
    case 'fault':
      await Promise.all(action.on.map((name) => estate.control(name).inject(action.fault)));
      return;
    case 'heal':
      await Promise.all(action.on.map((name) => estate.control(name).heal()));
      return;
    case 'cut':
      await links.cut(action.on, action);
      return;
    case 'mend':
      await links.mend(action.on);
      return;
    case 'lose-dns':
      await links.loseDns();
      return;
    case 'aorta':
      await product.run(action.run, action.on);
      return;
    case 'apply':
      await product.apply(action.set, action);
      return;
    case 'roll':
      await product.roll(action.on, (name) => estate.restart(name));
      return;
    case 'rehearse':
      await pairOf(setting).rehearse(moveWords(action));
      return;
    case 'up':
      await Promise.all(nodesIn(setting, action.on).map((node) => node.up()));
      return;
    case 'status':
      await pairOf(setting).expectStatus(action);
      return;
    case 'stop-store':
      await pairOf(setting).stopStore(action.members);
      return;
    case 'start-store':
      await pairOf(setting).startStore();
      return;
    case 'failover':
      for (let turn = 0; turn < action.times; turn += 1) await pairOf(setting).failOver(moveWords(action));
      return;
    case 'load':
      load.multiply(action.times);
      return;
    case 'connect':
      await crowd.connect(action.connections, action.send, action.for);
      return;
    default:
      action satisfies never;
  }
}

function pairOf({ pair }: Setting): PairSetting {
  if (pair === undefined) throw new Error('there is one balancer only');
  return pair;
}

function nodesIn({ pair }: Setting, names: readonly string[]): Balancer[] {
  return names.flatMap((name) => pair?.nodes.get(name) ?? []);
}

function serversIn({ pair }: Setting, names: readonly string[]): string[] {
  return names.filter((name) => pair?.nodes.has(name) !== true);
}

/** Of servers that run. */
function pidsOf({ estate }: Setting, names: readonly string[]): number[] {
  // A pid of 0 would be our own group.
  return estate.processes.flatMap(({ name, pid }) => (names.includes(name) && pid > 0 ? [pid] : []));
}

/** An action for a picture: short, and whether it makes trouble or ends it. */
export function wordsOf(action: Action): Pick<Mark, 'text' | 'kind'> {
  switch (action.do) {
    case 'kill':
      return {
        text: `${action.signal === 'SIGTERM' ? 'kill' : 'kill -9'}${ofProgram(action)}`,
        kind: 'fault',
      };
    case 'restart':
      return { text: 'started again', kind: 'repair' };
    case 'freeze':
      return { text: `frozen (SIGSTOP)${ofProgram(action)}`, kind: 'fault' };
    case 'thaw':
      return { text: `goes on (SIGCONT)${ofProgram(action)}`, kind: 'repair' };
    case 'power-cut':
      return { text: 'power cut', kind: 'fault' };
    case 'power-on':
      return { text: 'power on', kind: 'repair' };
    case 'split':
      return { text: 'nothing between them', kind: 'fault' };
    case 'join':
      return { text: 'joined again', kind: 'repair' };
    case 'fault':
      return { text: faultWords(action.fault), kind: 'fault' };
    case 'heal':
      return { text: 'healed', kind: 'repair' };
    case 'cut':
      return {
        text: `${action.cable ?? ''} link cut${action.silently ? ' silently' : ''}`.trim(),
        kind: 'fault',
      };
    case 'mend':
      return { text: 'link mended', kind: 'repair' };
    case 'lose-dns':
      return { text: 'DNS gone', kind: 'fault' };
    case 'aorta':
      return { text: `aorta ${action.run.join(' ')}`, kind: 'command' };
    case 'apply':
      return { text: 'aorta apply', kind: 'command' };
    case 'roll':
      return { text: 'patched one after the other', kind: 'command' };
    case 'rehearse':
      return { text: ['aorta rehearse', ...moveWords(action)].join(' '), kind: 'command' };
    case 'up':
      return { text: 'aorta up', kind: 'command' };
    case 'status':
      return { text: 'aorta status', kind: 'command' };
    case 'stop-store':
      // No fault for a client: a takeover is not counted from here.
      return { text: `kill -9 ${action.members} of etcd`, kind: 'command' };
    case 'start-store':
      return { text: 'etcd started again', kind: 'repair' };
    case 'failover':
      return {
        text: `aorta failover ${moveWords(action).join(' ')}${action.times === 1 ? '' : `, ${action.times} times`}`
          .replace(' ,', ',')
          .trimEnd(),
        kind: 'command',
      };
    case 'load':
      return { text: `load x ${action.times}`, kind: action.times > 1 ? 'fault' : 'repair' };
    case 'connect':
      return {
        text: `${action.connections} connections, ${action.send.replaceAll('-', ' ')}`,
        kind: 'fault',
      };
    default:
      return action satisfies never;
  }
}

function moveWords(action: Extract<Action, { do: 'failover' | 'rehearse' }>): string[] {
  const { from, to, group } = action;
  const option = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
  const all = [option('--from', from), option('--to', to), option('--group', group)].flat();
  return action.do === 'failover' && action.home ? [...all, '--home'] : all;
}

function ofProgram({ program }: { readonly program?: string | undefined }): string {
  return program === undefined ? '' : ` ${program}`;
}

function faultWords(fault: Extract<Action, { do: 'fault' }>['fault']): string {
  const { kind, ...details } = fault;
  const words = Object.entries(details).map(([key, value]) => `${key} ${String(value)}`);
  return [kind, ...words].join(' ');
}
