import { spawn } from 'node:child_process';
import { relaySignals } from './signals.mjs';

/** Something the person at the keyboard can mend; its message says how. */
export class SetupError extends Error {}

/**
 * Runs one installation command and returns `{ code, output }`. Output is collected rather than shown: it matters only when
 * the command fails. A signal is passed on, the command is awaited, and only then do we end too, so that nothing is left
 * installing in the background.
 */
export function runStep(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const relay = relaySignals(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => {
      relay.stop();
      reject(new SetupError(`Cannot run ${command}: ${error.message}`));
    });
    child.on('close', (code) => {
      relay.stop();
      if (relay.received !== undefined) process.kill(process.pid, relay.received);
      else resolve({ code: code ?? 1, output });
    });
  });
}

/** Prints a line, runs `work`, and completes the line with the time it took. */
export async function announced(title, work) {
  const began = Date.now();
  console.error(`${title} ...`);
  const result = await work();
  console.error(`${title}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}
