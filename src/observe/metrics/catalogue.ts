/** What one metric is called and means; the page of the reference is made of it. */
export interface Metric {
  /** A counter begins at 0 again with each worker of HAProxy, or with the controller. */
  readonly type: 'counter' | 'gauge';
  /** One sentence. */
  readonly help: string;
  readonly labels: readonly string[];
}

const service = ['service'] as const;
const server = ['service', 'server'] as const;

/** Every metric, in the order in which they are written. Names are for good: dashboards and alerts know them. */
export const metrics = {
  aorta_build_info: { type: 'gauge', labels: ['version'], help: 'The version of Aorta; always 1.' },
  aorta_node_info: {
    type: 'gauge',
    labels: ['node'],
    help: 'Which node of a pair this machine is; always 1, and absent where there is no pair.',
  },
  aorta_survey_timestamp_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When HAProxy was last asked; what is told of it is as old as that.',
  },
  aorta_haproxy_up: { type: 'gauge', labels: [], help: 'Whether HAProxy answered when it was last asked.' },
  aorta_haproxy_info: { type: 'gauge', labels: ['version'], help: 'The version of HAProxy; always 1.' },
  aorta_haproxy_uptime_seconds: {
    type: 'gauge',
    labels: [],
    help: 'How long the current worker of HAProxy has run; counters of services and servers are as old.',
  },
  aorta_haproxy_reloads_total: {
    type: 'counter',
    labels: [],
    help: 'Reloads of HAProxy since its master was started, failed ones included.',
  },
  aorta_haproxy_leaving_workers: {
    type: 'gauge',
    labels: [],
    help: 'Workers from before a reload that still end their connections.',
  },
  aorta_revision: { type: 'gauge', labels: [], help: 'The number of the revision in service.' },
  aorta_generation: { type: 'gauge', labels: [], help: 'The number of the generation in service.' },
  aorta_declaration_info: {
    type: 'gauge',
    labels: ['digest'],
    help: 'The first 12 digits of the digest of the declaration in service, equal on nodes that have the same; always 1.',
  },
  aorta_last_change_timestamp_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When the newest revision was accepted.',
  },
  aorta_last_change_state: {
    type: 'gauge',
    labels: ['state'],
    help: 'What became of the newest change: 1 for one of committed, pending and reverted.',
  },
  aorta_confirm_before_timestamp_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When the change in service is undone unless somebody confirms it; absent: none waits.',
  },
  aorta_drift_items: {
    type: 'gauge',
    labels: [],
    help: 'How many things were changed behind the back of Aorta and are not resolved.',
  },
  aorta_address_held: {
    type: 'gauge',
    labels: ['group', 'address'],
    help: 'Whether this node has the virtual address on its interface.',
  },
  aorta_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    labels: ['certificate'],
    help: 'When the certificate expires.',
  },
  aorta_watch_up: {
    type: 'gauge',
    labels: ['host', 'port'],
    help: 'Whether a watched port of a machine behind the servers answers; absent while that is not known.',
  },
  aorta_service_servers: { type: 'gauge', labels: service, help: 'Declared servers of the service.' },
  aorta_service_servers_expected: {
    type: 'gauge',
    labels: service,
    help: 'Those that should take requests: neither drained nor in maintenance, nor with weight 0.',
  },
  aorta_service_servers_serving: {
    type: 'gauge',
    labels: service,
    help: 'Those that take requests; with 0 clients get the sorry answer.',
  },
  aorta_service_connections_total: {
    type: 'counter',
    labels: service,
    help: 'Connections of clients that were accepted.',
  },
  aorta_service_failed_handshakes_total: {
    type: 'counter',
    labels: service,
    help: 'TLS handshakes of clients that failed, those that clients gave up included.',
  },
  aorta_service_requests_total: { type: 'counter', labels: service, help: 'Requests of clients.' },
  aorta_service_answers_total: {
    type: 'counter',
    labels: ['service', 'class'],
    help: 'Answers to clients by class of status, those that Aorta gives itself included.',
  },
  aorta_service_redirects_total: {
    type: 'counter',
    labels: service,
    help: 'Requests on the listeners that redirect to https; they are in no other metric.',
  },
  aorta_service_denied_requests_total: {
    type: 'counter',
    labels: service,
    help: 'Requests that a limit or an access list refused, or that were not well formed.',
  },
  aorta_service_denied_connections_total: {
    type: 'counter',
    labels: service,
    help: 'Connections that were refused because their source had its share of them.',
  },
  aorta_service_received_bytes_total: {
    type: 'counter',
    labels: service,
    help: 'Bytes from clients, as HTTP and not as TLS.',
  },
  aorta_service_sent_bytes_total: {
    type: 'counter',
    labels: service,
    help: 'Bytes to clients, as HTTP and not as TLS.',
  },
  aorta_service_open_connections: {
    type: 'gauge',
    labels: service,
    help: 'Connections of clients that are open now, those that wait for a next request included.',
  },
  aorta_service_queued_requests: {
    type: 'gauge',
    labels: service,
    help: 'Requests that wait for a server now.',
  },
  aorta_server_up: {
    type: 'gauge',
    labels: server,
    help: 'Whether the server can serve, as its checks say; 0 in maintenance, where it is not checked.',
  },
  aorta_server_drained: { type: 'gauge', labels: server, help: 'Whether the server is drained.' },
  aorta_server_maintenance: { type: 'gauge', labels: server, help: 'Whether the server is in maintenance.' },
  aorta_server_weight: { type: 'gauge', labels: server, help: 'The weight of the server.' },
  aorta_server_sessions: { type: 'gauge', labels: server, help: 'Requests under way at the server now.' },
  aorta_server_queued_requests: {
    type: 'gauge',
    labels: server,
    help: 'Requests that wait for this very server now.',
  },
  aorta_server_requests_total: {
    type: 'counter',
    labels: server,
    help: 'Requests that were given to the server, those that were tried there again included.',
  },
  aorta_server_5xx_answers_total: {
    type: 'counter',
    labels: server,
    help: 'Answers of the server with a status of 500 or more that clients got; one that was tried elsewhere instead is not counted.',
  },
  aorta_server_connection_errors_total: {
    type: 'counter',
    labels: server,
    help: 'Requests that ended because no connection to the server could be made; one that went on elsewhere is a redispatch.',
  },
  aorta_server_answer_errors_total: {
    type: 'counter',
    labels: server,
    help: 'Answers of the server that were cut off, or none. HAProxy counts some of them twice.',
  },
  aorta_server_retries_total: {
    type: 'counter',
    labels: server,
    help: 'Requests that were sent to the server once more after a failure.',
  },
  aorta_server_redispatches_total: {
    type: 'counter',
    labels: server,
    help: 'Requests that went on to another server after this one failed.',
  },
  aorta_server_response_time_seconds: {
    type: 'gauge',
    labels: server,
    help: 'Mean time to the header of the answer over the last 512 answers, however old they are; absent before the first.',
  },
  process_cpu_seconds_total: {
    type: 'counter',
    labels: [],
    help: 'Processor time of the controller; HAProxy is another process.',
  },
  process_resident_memory_bytes: { type: 'gauge', labels: [], help: 'Memory of the controller.' },
  process_start_time_seconds: { type: 'gauge', labels: [], help: 'When the controller was started.' },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;
