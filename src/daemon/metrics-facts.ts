import { processorTime } from '../dataplane/system/clock.ts';
import { addressesOn } from '../dataplane/system/interface-addresses.ts';
import { aortaVersion } from '../kernel/version.ts';
import type { MetricsFacts } from '../observe/metrics/facts.ts';
import type { Changes } from '../reconcile/changes.ts';
import type { Guard } from '../reconcile/guard.ts';
import type { Serving } from '../reconcile/serving.ts';
import type { Watchman } from '../reconcile/watchman.ts';

export interface KnownParts {
  readonly serving: Serving;
  readonly changes: Changes;
  readonly watchman: Watchman;
  readonly guard: Guard;
}

/** What the controller knows already, for metrics. Asks neither HAProxy nor keepalived. */
export function metricsFacts({ serving, changes, watchman, guard }: KnownParts): MetricsFacts {
  const { now, parts } = serving;
  const { store, node } = parts;
  const identity = node.node;
  const [newest] = store.revisions.list(1);
  const ha = now?.desired.configuration.ha;
  // Where all nodes announce the addresses they are on `lo`, and that says nothing.
  const moves = ha !== undefined && ha.announce === undefined;
  return {
    version: aortaVersion,
    ...(identity === undefined ? {} : { node: identity.name }),
    ...(guard.last === undefined ? {} : { surveyed: guard.last }),
    ...(now === undefined
      ? {}
      : {
          inService: {
            configuration: now.desired.configuration,
            ir: now.desired.ir,
            revision: now.revision,
            generation: now.generation.number,
            digest: store.revisions.get(now.revision)?.digest ?? '',
          },
        }),
    ...(newest === undefined
      ? {}
      : // What Aorta went back to is committed, and the change that somebody made is not.
        { lastChange: { at: newest.at, state: newest.kind === 'revert' ? 'reverted' : newest.state } }),
    ...(changes.pending === undefined ? {} : { confirmBy: changes.pending.confirmBy }),
    driftItems: watchman.drift().length,
    ...(identity === undefined || !moves ? {} : { ownAddresses: addressesOn(identity.interface) }),
    process: {
      processorTime: processorTime(),
      memory: process.memoryUsage.rss(),
      startedAt: performance.timeOrigin,
    },
  };
}
