import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { relaySignals } from './signals.mjs';

/** Runs `node program...` in place of this process as far as anyone can tell: same streams, signals and exit code. */
export function runProgram(node, program) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  const args = ['--disable-warning=ExperimentalWarning', ...program];
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, PATH: path } });
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
