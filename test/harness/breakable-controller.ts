/**
 * The command `aorta`, with a controller that breaks at a chosen moment. Arguments as for `aorta`. Environment:
 * `BREAK_FILE`: a {@link BreakOrder} as JSON. The file is removed first, so that it happens once.
 * `KEEPALIVED_CONF`: a file that becomes part of every generation; absent: none.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { run } from '../../src/cli/program.ts';
import { localMachine } from '../../src/daemon/machine.ts';
import { runController } from '../../src/daemon/run-controller.ts';
import type { AddressPort, DataPlane, StagedGeneration } from '../../src/dataplane/port.ts';
import type { Rendering } from '../../src/ir/rendering.ts';

/** What is to happen, and when. */
export interface BreakOrder {
  readonly when: 'before' | 'after';
  /** The next call of this method. */
  readonly method: Method;
  /** Only once this method has been called, after the order was given: others call the first one all the time. */
  readonly since?: Method;
  /**
   * `kill`: the controller is gone at once. `kill-haproxy`: master and workers are. `append`: the text is written at
   * the end of the staged haproxy.cfg, as a defect of the controller would; only after `stage`. `fill`: the file
   * `filling` takes all that is left of the disk of the state directory.
   */
  readonly action: 'kill' | 'kill-haproxy' | 'append' | 'fill';
  readonly text?: string;
}

type Method = keyof DataPlane | `addresses.${keyof AddressPort}`;

const order = process.env['BREAK_FILE'] ?? '';
const called = new Set<string>();

/** Breaks when this call is the chosen one. */
function maybeBreak(when: BreakOrder['when'], method: string, state: string, result?: unknown): void {
  if (!existsSync(order)) {
    called.clear();
    return;
  }
  const wanted = JSON.parse(readFileSync(order, 'utf8')) as BreakOrder;
  const due = wanted.since === undefined || called.has(wanted.since);
  if (when === 'after') called.add(method);
  if (!due || wanted.when !== when || wanted.method !== method) return;
  rmSync(order);
  switch (wanted.action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'kill-haproxy':
      killHaproxy(state);
      return;
    case 'fill':
      fillDisk(join(state, 'filling'));
      return;
    case 'append': {
      const { number, digest } = (result as StagedGeneration).generation;
      const directory = join(state, 'generations', `${number}-${digest.slice(0, 8)}`);
      appendFileSync(join(directory, 'haproxy.cfg'), wanted.text ?? '');
    }
  }
}

function fillDisk(file: string): void {
  for (const size of [1_048_576, 4_096]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}

function killHaproxy(state: string): void {
  const master = Number(readFileSync(join(state, 'run', 'haproxy.pid'), 'utf8'));
  const workers = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').split(' ').filter(Boolean);
  for (const pid of [master, ...workers.map(Number)]) process.kill(pid, 'SIGKILL');
}

/** @param prefix of the names of its methods */
function breakable<T extends object>(port: T, state: string, prefix = ''): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'addresses') return breakable(value as AddressPort, state, 'addresses.');
      if (typeof value !== 'function') return value;
      const method = `${prefix}${String(name)}`;
      return async (...words: unknown[]) => {
        maybeBreak('before', method, state);
        const result: unknown = await value.apply(target, words);
        maybeBreak('after', method, state, result);
        return result;
      };
    },
  });
}

/** Makes the machine a node of a pair, whatever the declaration says. */
function paired(dataPlane: DataPlane, conf: string | undefined): DataPlane {
  if (conf === undefined) return dataPlane;
  return new Proxy(dataPlane, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'stage') return value.bind(target);
      return (rendering: Rendering) => {
        const file = { path: 'keepalived.conf', content: readFileSync(conf, 'utf8') };
        return target.stage({ ...rendering, files: [...rendering.files, file] });
      };
    },
  });
}

process.exitCode = await run(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  warn: (text) => process.stderr.write(text),
  interactive: false,
  user: 'test',
  onInterrupt: () => new AbortController().signal,
  ask: () => Promise.reject(new Error('nobody sits here')),
  colors: picocolors.createColors(false),
  now: () => Date.now(),
  machine: {
    ...localMachine,
    runController: (options) =>
      runController(options, (dataPlane) =>
        breakable(paired(dataPlane, process.env['KEEPALIVED_CONF']), options.stateDirectory),
      ),
  },
});
