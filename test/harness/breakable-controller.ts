/**
 * The command `aorta`, with a controller that breaks at a chosen moment. Arguments as for `aorta`. Environment:
 * `BREAK_FILE`: nothing happens before it exists; its text is `ACTION MOMENT METHOD`, for example `kill before reload`:
 * the next call of that method of the data plane, or of `journal.METHOD` of the store, is where it breaks. The file is
 * removed first, so that it happens once.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { run } from '../../src/cli/program.ts';
import { localMachine } from '../../src/daemon/machine.ts';
import { runController } from '../../src/daemon/run-controller.ts';
import type { DataPlane } from '../../src/dataplane/port.ts';

const order = process.env.BREAK_FILE ?? '';

/** Breaks when this call is the chosen one. */
function maybeBreak(moment: 'before' | 'after', method: string, state: string): void {
  if (!existsSync(order)) return;
  const [action, when, what] = readFileSync(order, 'utf8').trim().split(' ');
  if (when !== moment || what !== method) return;
  rmSync(order);
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'kill-haproxy') killHaproxy(state);
}

function killHaproxy(state: string): void {
  const master = Number(readFileSync(join(state, 'run', 'haproxy.pid'), 'utf8'));
  const workers = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').split(' ').filter(Boolean);
  for (const pid of [master, ...workers.map(Number)]) process.kill(pid, 'SIGKILL');
}

function breakable(dataPlane: DataPlane, state: string): DataPlane {
  return new Proxy(dataPlane, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...words: unknown[]) => {
        maybeBreak('before', String(name), state);
        const result: unknown = await value.apply(target, words);
        maybeBreak('after', String(name), state);
        return result;
      };
    },
  });
}

process.exitCode = await run(process.argv.slice(2), {
  write: (text) => process.stdout.write(text),
  warn: (text) => process.stderr.write(text),
  interactive: false,
  user: 'test',
  colors: picocolors.createColors(false),
  now: () => Date.now(),
  machine: {
    ...localMachine,
    runController: (options) =>
      runController(options, (dataPlane) => breakable(dataPlane, options.stateDirectory)),
  },
});
