import { readFileSync } from 'node:fs';

/** Of the kernel's clock, on every machine that Linux runs on today. */
const TICKS_PER_SECOND = 100;

/** @returns how many cores of the machine were busy on average since this was called, whoever used them */
export function startProcessorClock(): () => number {
  const [began, ticks] = [performance.now(), busyTicks()];
  return () => (busyTicks() - ticks) / TICKS_PER_SECOND / ((performance.now() - began) / 1000);
}

/** Ticks in which the machine's processors were not idle, since it was started. */
function busyTicks(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq;
}
