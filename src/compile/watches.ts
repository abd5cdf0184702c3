import type { CheckIr, WatchIr } from '../ir/haproxy.ts';
import { unreachable } from '../kernel/bug.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import { remembered } from '../kernel/remembered.ts';
import type { ConfiguredHost } from '../model/configuration.ts';
import type { Watch } from '../model/watch.ts';
import { watchName } from './names.ts';

/** What HAProxy watches of one machine. */
export const compileWatches = remembered(
  ({ name, address, watches = [] }: ConfiguredHost): readonly WatchIr[] =>
    deepFreeze(
      watches.map(({ path, watch }) => ({
        name: watchName(name, watch.port),
        origin: path,
        server: name,
        address,
        port: watch.port,
        check: compileWatchCheck(watch),
        timeout: watch.timeout,
      })),
    ),
);

function compileWatchCheck(watch: Watch): CheckIr {
  const { interval, fall, rise } = watch;
  const rhythm = { interval, fastInterval: interval, downInterval: interval, fall, rise };
  switch (watch.type) {
    case 'tcp':
      return { kind: 'tcp', ...rhythm };
    case 'http':
    case 'https': {
      const { path, host } = watch;
      const expectStatus = [...new Set(watch.expectStatus)].sort((a, b) => a - b);
      const request = { method: 'GET', path, ...(host === undefined ? {} : { host }), expectStatus } as const;
      if (watch.type === 'http') return { kind: 'http', ...rhythm, request };
      return { kind: 'https', ...rhythm, request, ...(host === undefined ? {} : { sni: host }) };
    }
    default:
      return unreachable(watch, 'watch');
  }
}
