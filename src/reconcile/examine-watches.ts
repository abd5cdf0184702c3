import type { DataPlane } from '../dataplane/port.ts';
import type { HaproxyIr, WatchIr } from '../ir/haproxy.ts';
import type { Refusal } from './outcome.ts';

/** How long one is awaited at most, in milliseconds, also when its check would wait longer: somebody waits for the change. */
const longestProbe = 2_000;
/** Machines that are tried at the same time. */
const atOnce = 32;

/**
 * Tries what is watched from now on, as HAProxy will. One that fails is a warning: it may be down, or its port may have
 * been written wrongly, and nothing but the status depends on it.
 * @param current absent before the first start
 */
export async function examineWatches(
  current: { readonly ir: HaproxyIr } | undefined,
  desired: { readonly ir: HaproxyIr },
  dataPlane: Pick<DataPlane, 'probe'>,
): Promise<Refusal[]> {
  const known = new Set(current?.ir.watches.map(question));
  const waiting = desired.ir.watches.filter((watch) => !known.has(question(watch)));
  const refusals = new Map<WatchIr, Refusal>();
  const turns = waiting.values();
  const work = async (): Promise<void> => {
    for (const watch of turns) {
      const { address, port, check, timeout, server, origin } = watch;
      const result = await dataPlane.probe({ address, port, check }, Math.min(timeout, longestProbe));
      if (result.kind === 'passed') continue;
      refusals.set(watch, {
        code: 'server-unreachable',
        severity: 'warning',
        path: origin,
        what: `${server} port ${port}, which is to be watched, would not pass its check now: ${result.what}`,
        mend: 'see whether the machine runs, or correct the port; no server depends on it',
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return waiting.flatMap((watch) => refusals.get(watch) ?? []);
}

/** All that its check depends on; how often it is repeated is not among it. */
function question({ address, port, check, timeout }: WatchIr): string {
  const request = check.kind === 'tcp' ? undefined : check.request;
  return JSON.stringify([address, port, check.kind, request, timeout]);
}
