import { haproxyNames } from '../../ir/haproxy-names.ts';
import { hostStatuses } from '../host-statuses.ts';
import { type Exposition, labels } from './exposition.ts';
import { changeStates, type InService, type MetricsFacts, type Surveyed } from './facts.ts';

/** What is told of this machine, of HAProxy as a whole, and of what is in service. */
export function writeNode(out: Exposition, facts: MetricsFacts): void {
  const { version, node, surveyed, inService, lastChange, confirmBy, driftItems } = facts;
  out.add('aorta_build_info', [[labels({ version }), 1]]);
  out.add('aorta_node_info', node === undefined ? [] : [[labels({ node }), 1]]);
  if (surveyed !== undefined) writeHaproxy(out, surveyed);
  out.add('aorta_revision', [['', inService?.revision]]);
  out.add('aorta_generation', [['', inService?.generation]]);
  if (inService !== undefined)
    out.add('aorta_declaration_info', [[labels({ digest: inService.digest.slice(0, 12) }), 1]]);
  out.add('aorta_last_change_timestamp_seconds', [['', lastChange && lastChange.at / 1_000]]);
  out.add(
    'aorta_last_change_state',
    changeStates.map((state) => [labels({ state }), lastChange && lastChange.state === state]),
  );
  out.add('aorta_confirm_before_timestamp_seconds', [['', confirmBy && confirmBy / 1_000]]);
  out.add('aorta_drift_items', [['', driftItems]]);
  if (inService !== undefined) writeConfigured(out, inService, facts);
  const { processorTime, memory, startedAt } = facts.process;
  out.add('process_cpu_seconds_total', [['', processorTime / 1_000]]);
  out.add('process_resident_memory_bytes', [['', memory]]);
  out.add('process_start_time_seconds', [['', startedAt / 1_000]]);
}

function writeHaproxy(out: Exposition, { at, state }: Surveyed): void {
  out.add('aorta_survey_timestamp_seconds', [['', at / 1_000]]);
  out.add('aorta_haproxy_up', [['', state !== undefined]]);
  if (state === undefined) return;
  const { version, uptime, reloads, leavingWorkers } = state.process;
  out.add('aorta_haproxy_info', [[labels({ version }), 1]]);
  out.add('aorta_haproxy_uptime_seconds', [['', uptime / 1_000]]);
  out.add('aorta_haproxy_reloads_total', [['', reloads]]);
  out.add('aorta_haproxy_leaving_workers', [['', leavingWorkers.length]]);
}

function writeConfigured(
  out: Exposition,
  { configuration, ir }: InService,
  { ownAddresses, surveyed }: MetricsFacts,
): void {
  const { certificates, ha } = configuration;
  out.add(
    'aorta_address_held',
    (ha?.groups ?? []).flatMap(({ name: group, addresses }) =>
      addresses.map((address) => [labels({ group, address }), ownAddresses?.has(address)] as const),
    ),
  );
  out.add(
    'aorta_certificate_expiry_timestamp_seconds',
    certificates.map(({ name, material }) => [
      labels({ certificate: name }),
      material.facts.notAfter / 1_000,
    ]),
  );
  // Of many services it takes milliseconds to find their names.
  if (configuration.hosts.every(({ watches = [] }) => watches.length === 0)) return;
  const hosts = hostStatuses(configuration, haproxyNames(ir), surveyed?.state);
  out.add(
    'aorta_watch_up',
    hosts.flatMap(({ name: host, watches }) =>
      watches.map(
        ({ port, state }) =>
          [labels({ host, port: String(port) }), state === 'unknown' ? undefined : state === 'up'] as const,
      ),
    ),
  );
}
