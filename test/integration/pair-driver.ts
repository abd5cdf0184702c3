/**
 * A controller in a room, told line by line in JSON what to do. Usage: pair-driver.ts STATE
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AddressPort, DataPlane, IntendedMove, StrayRoute } from '../../src/dataplane/port.ts';
import { runtimePaths } from '../../src/dataplane/runtime-paths.ts';
import { systemClock } from '../../src/dataplane/system/clock.ts';
import { Failure } from '../../src/kernel/failure.ts';
import { err, type Result } from '../../src/kernel/result.ts';
import type { Absence } from '../../src/model/absence.ts';
import type { Rehearsal } from '../../src/model/address-move.ts';
import { openDataPlane, Reconciler, render, type Shape } from './dataplane-rig.ts';

/** What can be asked for, and what comes back. */
export interface PairOrders {
  /** Brings a rendering into service. */
  apply(shape: Shape): unknown;
  /** The same, but the next time that addresses are brought it is said to have failed, once it is done. */
  applyBroken(shape: Shape): unknown;
  /** What the watchman does. @returns whether there was nothing to do */
  tend(): boolean;
  state(): unknown;
  instance(): unknown;
  stop(deadline: number): void;
  /** Sends a signal to the worker of HAProxy. @returns how long it took until the health file said so, in milliseconds */
  hurt(signal: NodeJS.Signals, says: '0' | '1'): number;
  /** Reloads HAProxy so many times. @returns what the health file said meanwhile, each word once */
  reload(times: number): string[];
  passOn(to: readonly StrayRoute[], limit: number): void;
  stopPassingOn(): void;
  /** @returns how long it took, in milliseconds */
  giveUp(): number;
  noteMove(move: IntendedMove): void;
  remember(rehearsal: Omit<Rehearsal, 'at'>): void;
  leave(absence: Absence): void;
  comeBack(): void;
  makeWay(limit: number): void;
  takePart(): void;
  /** Changes a file in place. */
  write(path: string, text: string): void;
}

const [state = ''] = process.argv.slice(2);
const { healthFile } = runtimePaths(state);
const dataPlane = await openDataPlane(state);

function health(): string {
  return readFileSync(healthFile, 'utf8').trim();
}

/** Says once that addresses could not be brought, although they were. */
function brokenOnce(addresses: AddressPort): AddressPort {
  let broken = false;
  return new Proxy(addresses, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...words: unknown[]) => {
        const result: unknown = await value.apply(target, words);
        if (name !== 'bring' || broken) return result;
        broken = true;
        return err(new Failure('addresses-failed', 'the test says so', 'nothing'));
      };
    },
  });
}

function reconcilerOf(addresses: AddressPort): Reconciler {
  const dressed: DataPlane = new Proxy(dataPlane, {
    get(target, name) {
      if (name === 'addresses') return addresses;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return new Reconciler(dressed, systemClock);
}

function valueOf<T>(result: Result<T, Failure>): T {
  if (!result.ok) throw result.error;
  return result.value;
}

const orders: { [K in keyof PairOrders]: (...words: Parameters<PairOrders[K]>) => Promise<unknown> } = {
  apply: (shape) => reconcilerOf(dataPlane.addresses).apply(render(runtimePaths(state), shape)),
  applyBroken: (shape) =>
    reconcilerOf(brokenOnce(dataPlane.addresses)).apply(render(runtimePaths(state), shape)),
  tend: async () => {
    const current = await dataPlane.current();
    if (current === undefined || (await dataPlane.addresses.stands(current))) return true;
    const brought = await dataPlane.addresses.bring(current);
    if (!brought.ok) throw brought.error;
    return false;
  },
  state: () => dataPlane.addresses.state(),
  instance: () => dataPlane.adopt(),
  stop: (deadline) => dataPlane.stop(deadline),
  hurt: async (signal, says) => {
    const { workerPid = 0 } = (await dataPlane.adopt()) ?? {};
    const at = performance.now();
    process.kill(workerPid, signal);
    while (health() !== says) {
      if (performance.now() > at + 20_000) throw new Error(`the health file never said ${says}`);
      await systemClock.sleep(1);
    }
    return performance.now() - at;
  },
  reload: async (times) => {
    const seen = new Set<string>();
    let going = true;
    const look = async () => {
      while (going) {
        seen.add(health());
        await systemClock.sleep(2);
      }
    };
    const looking = look();
    for (let count = 0; count < times; count += 1) {
      const reloaded = await dataPlane.reload();
      if (!reloaded.ok) throw reloaded.error;
    }
    // A fault would be found within half a second.
    await systemClock.sleep(700);
    going = false;
    await looking;
    return [...seen];
  },
  passOn: async (to, limit) => valueOf(await dataPlane.addresses.passOn(to, limit)),
  stopPassingOn: async () => valueOf(await dataPlane.addresses.stopPassingOn()),
  noteMove: (move) => dataPlane.addresses.noteMove(move),
  remember: (rehearsal) => dataPlane.addresses.remember(rehearsal),
  giveUp: async () => valueOf(await dataPlane.addresses.giveUp(['main'])),
  leave: async (absence) => valueOf(await dataPlane.addresses.leave(['main'], absence)),
  comeBack: async () => valueOf(await dataPlane.addresses.comeBack(['main'])),
  makeWay: async (limit) => valueOf(await dataPlane.addresses.makeWay(['main'], limit)),
  takePart: async () => valueOf(await dataPlane.addresses.takePart()),
  write: async (path, text) => writeFileSync(path, text),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { name, words } = JSON.parse(line) as { name: keyof PairOrders; words: never[] };
  try {
    const order = orders[name] as (...words: never[]) => Promise<unknown>;
    console.log(JSON.stringify({ result: await order(...words) }));
  } catch (error) {
    console.log(
      JSON.stringify({ error: error instanceof Error ? `${error.name}: ${error.message}` : 'no error' }),
    );
  }
}
