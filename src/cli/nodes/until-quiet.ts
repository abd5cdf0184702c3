import { setTimeout as sleep } from 'node:timers/promises';
import { type ControllerPlace, call } from '../client.ts';
import type { CliContext } from '../context.ts';
import { poll } from '../poll.ts';

/** Routers need some time to send clients elsewhere; who comes until then is asked to come again. In milliseconds. */
const hearsay = 300;
/** A listener at an address of the node itself has connections all the time. */
const mostTurns = 3;

/**
 * Lets the connections end that a node still has, once routers send it no clients any more.
 * @returns whether all ended before the deadline (milliseconds from now)
 */
export async function untilQuiet(
  place: ControllerPlace,
  deadline: number,
  { now }: Pick<CliContext, 'now'>,
): Promise<boolean> {
  const ask = () => call(place, 'status');
  const end = now() + deadline;
  for (let turn = 0; turn < mostTurns; turn += 1) {
    await sleep(hearsay);
    const { retired } = await call(place, 'retire');
    const polled = await poll({ ask, now, deadline: end - now() }, ({ process }) =>
      process === undefined || process.leavingWorkers === 0 ? true : undefined,
    );
    if (polled.kind !== 'found') return false;
    if (!retired) return true;
  }
  return true;
}
