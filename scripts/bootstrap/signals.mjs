import { readFileSync } from 'node:fs';

const relayed = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const fromTerminal = new Set(['SIGINT', 'SIGHUP']);
const repeatMs = 1000;

/**
 * Passes signals on to `child` and keeps this process alive meanwhile. Two repetitions are left out, because a program
 * may take a second Ctrl-C to mean "at once": a terminal already signals the whole foreground group, child included; and
 * npm passes the same signal on once more.
 */
export function relaySignals(child) {
  const relay = { received: undefined, stop };
  const passedAt = new Map();

  function onSignal(signal) {
    relay.received = signal;
    if (fromTerminal.has(signal) && inForeground()) return;
    const now = performance.now();
    if (now - (passedAt.get(signal) ?? Number.NEGATIVE_INFINITY) < repeatMs) return;
    passedAt.set(signal, now);
    child.kill(signal);
  }
  function stop() {
    for (const signal of relayed) process.off(signal, onSignal);
  }

  for (const signal of relayed) process.on(signal, onSignal);
  return relay;
}

/** Whether our process group is the foreground group of a terminal; see proc(5), /proc/pid/stat, pgrp and tpgid. */
function inForeground() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}
