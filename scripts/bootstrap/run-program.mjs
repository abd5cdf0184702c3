import { spawn } from 'node:child_process';
import { delimiter, dirname, resolve } from 'node:path';
import { relaySignals } from './signals.mjs';

/** As `bin/aorta` has it: tests and the lab start hundreds of programs. */
const compileCache = resolve(import.meta.dirname, '../../.tools/compile-cache');

/** Runs `node program...` in place of this process as far as anyone can tell: same streams, signals and exit code. */
export function runProgram(node, program) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  const args = ['--disable-warning=ExperimentalWarning', ...program];
  const child = spawn(node, args, {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, PATH: path },
  });
  const relay = relaySignals(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      relay.stop();
      if (signal !== null) process.kill(process.pid, signal);
      else process.exitCode = code;
      resolve();
    });
  });
}
