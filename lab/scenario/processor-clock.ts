import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Of the kernel's clock, on every machine that Linux runs on today. */
const TICKS_PER_SECOND = 100;

export interface ProcessorUse {
  /** How many cores of the machine were busy on average, whoever used them. */
  readonly coresBusy: number;
  /** The share of the machine's processor time that its hypervisor gave to others, 0 to 1. */
  readonly stolen: number;
}

/** @returns how the processor was used since this was called */
export function startProcessorClock(): () => ProcessorUse {
  const [began, before] = [performance.now(), ticks()];
  return () => {
    const [seconds, after] = [(performance.now() - began) / 1000, ticks()];
    const cores = (from: number, to: number) => (to - from) / TICKS_PER_SECOND / seconds;
    return {
      coresBusy: cores(before.busy, after.busy),
      stolen: cores(before.stolen, after.stolen) / cpus().length,
    };
  };
}

/** Ticks in which the machine's processors were not idle, or were not its own, since it was started. */
function ticks(): { readonly busy: number; readonly stolen: number } {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = first
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { busy: user + nice + system + irq + softirq, stolen };
}
