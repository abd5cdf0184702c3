import type { Emitter } from './emitter.ts';
import { name } from './quote.ts';

/** Where HAProxy tells the controller of servers that go up and down: a ring in its memory, read on the admin socket. */
export const eventsRing = 'aorta-events';

/** What the ring holds: some hundred lines. Whoever reads is told each line as it comes, so that none is needed for long. */
export function renderEvents(out: Emitter): void {
  out.section(undefined, 'ring', eventsRing);
  out.remark(
    'Servers that go up and down, for the controller. Nothing about requests: their log lines are below notice.',
  );
  out.line(undefined, 'format', 'timed');
  out.line(undefined, 'maxlen', '1024');
  out.line(undefined, 'size', '65536');
}

/**
 * Whether requests of any pool were forbidden to be sent again. HAProxy looks for a variable of the process from the first
 * to the last, and those of many services are many; this one is among the first.
 */
export const anyRetryVariable = 'proc.no_retry';

/** The variable that forbids to send requests of a pool again; unset, as after a reload, they may be. */
export function retryVariable(backend: string): string {
  // Names hold hyphens, names of variables do not; and no name holds an underscore.
  return `proc.no_retry_${name(backend).replaceAll('-', '_')}`;
}
