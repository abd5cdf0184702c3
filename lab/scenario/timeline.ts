import type { Estate } from '../estate.ts';
import type { Crowd } from './crowd.ts';
import type { Links } from './links.ts';
import type { Generator } from './load/generator.ts';
import type { Product } from './product.ts';
import type { Mark } from './recording.ts';
import type { Action } from './schema.ts';

/** What actions act upon. */
export interface Stage {
  readonly estate: Estate;
  readonly links: Links;
  readonly load: Generator;
  readonly product: Product;
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

async function perform(action: Action, stage: Stage): Promise<void> {
  const { estate, links, load, product, crowd } = stage;
  switch (action.do) {
    case 'kill':
      await Promise.all(action.on.map((name) => estate.kill(name)));
      return;
    case 'restart':
      await Promise.all(action.on.map((name) => estate.restart(name)));
      return;
    case 'freeze':
      signal(stage, action.on, 'SIGSTOP');
      return;
    case 'thaw':
      signal(stage, action.on, 'SIGCONT');
      return;
    case 'fault':
      await Promise.all(action.on.map((name) => estate.control(name).inject(action.fault)));
      return;
    case 'heal':
      await Promise.all(action.on.map((name) => estate.control(name).heal()));
      return;
    case 'cut':
      await links.cut(addressesOf(estate, action.on));
      return;
    case 'mend':
      await links.mend(addressesOf(estate, action.on));
      return;
    case 'lose-dns':
      await links.loseDns();
      return;
    case 'aorta':
      await product.run(...action.run);
      return;
    case 'apply':
      await product.apply(action.set);
      return;
    case 'roll':
      await product.roll(action.on, (name) => estate.restart(name));
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

function signal({ estate }: Stage, names: readonly string[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const { name: member, pid } of estate.processes) {
    // A pid of 0 would be our own group.
    if (names.includes(member) && pid > 0) process.kill(pid, name);
  }
}

function addressesOf(estate: Estate, names: readonly string[]): string[] {
  return [
    ...new Set(estate.processes.flatMap(({ name, address }) => (names.includes(name) ? [address] : []))),
  ];
}

/** An action for a picture: short, and whether it makes trouble or ends it. */
export function wordsOf(action: Action): Pick<Mark, 'text' | 'kind'> {
  switch (action.do) {
    case 'kill':
      return { text: 'kill -9', kind: 'fault' };
    case 'restart':
      return { text: 'started again', kind: 'repair' };
    case 'freeze':
      return { text: 'frozen (SIGSTOP)', kind: 'fault' };
    case 'thaw':
      return { text: 'goes on (SIGCONT)', kind: 'repair' };
    case 'fault':
      return { text: faultWords(action.fault), kind: 'fault' };
    case 'heal':
      return { text: 'healed', kind: 'repair' };
    case 'cut':
      return { text: 'link cut', kind: 'fault' };
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

function faultWords(fault: Extract<Action, { do: 'fault' }>['fault']): string {
  const { kind, ...details } = fault;
  const words = Object.entries(details).map(([key, value]) => `${key} ${String(value)}`);
  return [kind, ...words].join(' ');
}
