import type { HaproxyIr, WatchIr } from '../ir/haproxy.ts';
import type { RuntimeServer, RuntimeState } from '../model/runtime-state.ts';
import type { DriftFinding } from './drift-finding.ts';
import { written } from './drift-servers.ts';

/** HAProxy's own weight for a server that names none. It means nothing where no traffic goes. */
const weight = 1;

/** Machines that are not watched, or not where they should be. */
export function findWatchDrift(ir: HaproxyIr, state: RuntimeState): DriftFinding[] {
  if (ir.watches.length === 0) return [];
  const found = new Map(state.servers.map((server) => [`${server.backend}/${server.name}`, server]));
  return ir.watches.flatMap((watch) => compare(watch, found.get(`${watch.name}/${watch.server}`)));
}

function compare(watch: WatchIr, running: RuntimeServer | undefined): DriftFinding[] {
  const { name: backend, server, address, port } = watch;
  const key = `watch ${backend}`;
  const owner = `the watch of ${server} port ${port}`;
  if (running === undefined) {
    const what = `${owner} is not there; it should be watched`;
    return [{ key: `${key} missing`, kind: 'server', what, correction: 'reload' }];
  }
  const findings: DriftFinding[] = [];
  const expected = written(address, port);
  if (running.address !== expected) {
    findings.push({
      key: `${key} address`,
      kind: 'server',
      what: `${owner} looks at ${running.address}; it should look at ${expected}`,
      correction: [{ kind: 'set-server-address', backend, server, address, port }],
    });
  }
  if (running.admin === 'maintenance') {
    findings.push({
      key: `${key} admin`,
      kind: 'server',
      what: `${owner} is in maintenance; it should be watched`,
      correction: [{ kind: 'set-server-admin', backend, server, admin: 'ready', weight }],
    });
  }
  return findings;
}
