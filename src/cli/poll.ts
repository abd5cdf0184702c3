import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../model/status.ts';
import type { CliContext } from './context.ts';

/** How often the controller is asked while something is awaited, in milliseconds. */
const rhythm = 500;

export interface Patience {
  readonly ask: () => Promise<Status>;
  /** How long to wait, in milliseconds. */
  readonly deadline: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  readonly now: CliContext['now'];
}

export type Polled<T> =
  | { readonly kind: 'found'; readonly value: T }
  /** @property last what was seen last */
  | { readonly kind: 'deadline'; readonly last: Status }
  | { readonly kind: 'interrupted' };

/** Looks at the status again and again until something is found in it. It is looked at once in any case. */
export async function poll<T>(
  { ask, deadline, signal, now }: Patience,
  look: (status: Status) => T | undefined,
): Promise<Polled<T>> {
  const end = now() + deadline;
  for (;;) {
    if (signal?.aborted === true) return { kind: 'interrupted' };
    const status = await ask();
    const value = look(status);
    if (value !== undefined) return { kind: 'found', value };
    const left = end - now();
    if (left <= 0) return { kind: 'deadline', last: status };
    await pause(Math.min(rhythm, left), signal);
  }
}

/** Ends early when the signal comes. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
