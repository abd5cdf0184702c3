import Table from 'cli-table3';
import type { HostStatus, ServerStatus, ServiceStatus, Status, WatchStatus } from '../model/status.ts';
import { ago } from './ago.ts';
import type { Colors } from './context.ts';
import { intentWords } from './intent-words.ts';
import { clockTime } from './local-time.ts';
import { nodeLines } from './node-text.ts';
import { storeLines, storeState } from './store-lines.ts';

/** The status for people: a line for HAProxy, then a table of services and servers, then what is wrong, in sentences. */
export function statusTable(status: Status, colors: Colors): string {
  const table = new Table({
    head: ['service', 'server', 'state', 'since', 'sessions', 'last check, intents'].map((title) =>
      colors.bold(title),
    ),
    style: { head: [], border: [], compact: true },
  });
  for (const service of status.services) {
    table.push([
      colors.bold(service.name),
      listenersOf(service),
      paintState(service.state, colors),
      '',
      '',
      '',
    ]);
    for (const server of service.servers) table.push(serverRow(server, status.at, colors));
  }
  const watched = status.dependencies.filter(({ watches }) => watches.length > 0);
  if (watched.length > 0) table.push([colors.bold('watched, gets no traffic'), '', '', '', '', '']);
  table.push(...watchRows(watched, status.at, colors));
  const sentences = status.services.flatMap(({ name, conditions }) =>
    conditions.map((condition) => `${colors.yellow(name)}: ${condition}\n`),
  );
  return `${headline(status, colors)}\n${nodeLines(status, colors)}${table.toString()}\n${sentences.join('')}${confirmLine(status, colors)}${driftLines(status, colors)}${storeLines(status, colors)}${certificateLines(status, colors)}${unwatchedLines(status)}`;
}

/** What a person would call a change: not that a second has passed or that a session more is open. */
export function statesOf({ process, node, services, dependencies, drift, store }: Status): string {
  return JSON.stringify([
    process?.pid,
    process?.digest,
    process?.drift,
    node?.conditions,
    node?.groups.map(({ state, addresses, away }) => [state, addresses, away?.since]),
    node?.announcement,
    services.map(({ name, state, conditions, servers }) => [
      name,
      state,
      conditions,
      servers.map(({ state, weight, intents, rungs, advice }) => [
        state,
        weight,
        intents.map(({ id }) => id),
        rungs.map((rung) => rung.state),
        advice?.health,
      ]),
    ]),
    dependencies.map(({ name, watches }) => [name, watches.map(({ port, state }) => [port, state])]),
    drift.map(({ what }) => what),
    storeState(store),
  ]);
}

function headline({ site, process }: Status, colors: Colors): string {
  if (process === undefined) return `${colors.bold(site)}: ${colors.red('HAProxy does not run')}`;
  const drift = process.drift
    ? `, ${colors.red('it runs another configuration than the current generation')}`
    : '';
  return `${colors.bold(site)}: HAProxy ${process.version}, pid ${process.pid}, up ${ago(process.uptime)}${drift}`;
}

function listenersOf({ listeners }: ServiceStatus): string {
  return listeners
    .map(({ protocol, address, port, open }) => {
      return `${protocol} ${placeOf(address, port)}${open ? '' : ' (not open)'}`;
    })
    .join('\n');
}

function placeOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function serverRow(server: ServerStatus, at: number, colors: Colors): string[] {
  const { name, address, port, state, since, sessions } = server;
  return [
    '',
    `${name} ${placeOf(address, port)}`,
    paintState(state, colors),
    since === undefined ? '' : ago(at - since),
    sessions === undefined ? '' : String(sessions),
    remarks(server, at, colors),
  ];
}

/** The last check; for a server that is out also whether it is healthy; then who took it out and why. */
function remarks(
  { state, health, check, cause, rungs, advice, intents }: ServerStatus,
  at: number,
  colors: Colors,
): string {
  const verdict = state === 'drain' && health !== undefined ? `${health}: ` : '';
  const checked = cause ?? check;
  return [
    ...(checked === undefined ? [] : [`${verdict}${checked}`]),
    ...rungs
      .filter((rung) => rung.state === 'failing')
      .map((rung) => colors.red(`fails deep check ${rung.name}`)),
    ...(advice === undefined ? [] : [colors.yellow(`held ${advice.health}: ${advice.because}`)]),
    ...intents.map((intent) => colors.yellow(intentWords(intent, at))),
  ].join('\n');
}

function paintState(
  state: ServerStatus['state'] | ServiceStatus['state'] | WatchStatus['state'],
  colors: Colors,
): string {
  switch (state) {
    case 'healthy':
    case 'up':
    case 'no-check':
      return colors.green(state);
    case 'down':
    case 'unknown':
      return colors.red(state);
    case 'degraded':
    case 'drain':
    case 'maintenance':
    case 'going-down':
    case 'going-up':
      return colors.yellow(state);
  }
}

function confirmLine({ confirmBy }: Status, colors: Colors): string {
  if (confirmBy === undefined) return '';
  return `${colors.yellow('awaiting')}: the last change is undone at ${clockTime(confirmBy)} unless you run \`aorta confirm\`\n`;
}

function driftLines({ drift, at }: Status, colors: Colors): string {
  if (drift.length === 0) return '';
  const lines = drift.map(({ what, since }) => `${colors.red('drift')}: ${what} (${ago(at - since)} ago)\n`);
  return `${lines.join('')}\`aorta drift\` says what to do about it\n`;
}

/** Below the servers: the machines that are watched, a line for each port. */
function watchRows(hosts: readonly HostStatus[], at: number, colors: Colors): string[][] {
  return hosts.map((host) => {
    const { name, address, roles, watches } = host;
    const each = (column: (watch: WatchStatus) => string) => watches.map(column).join('\n');
    return [
      '',
      watches
        .map(
          ({ port, type, role }) =>
            `${name} ${placeOf(address, port)} (${role ?? roles.join(', ')}, ${type})`,
        )
        .join('\n'),
      each(({ state }) => paintState(state, colors)),
      each(({ since }) => (since === undefined ? '' : ago(at - since))),
      '',
      each(({ check }) => check ?? ''),
    ];
  });
}

function unwatchedLines({ dependencies }: Status): string {
  const machines = dependencies.filter(({ watches }) => watches.length === 0);
  if (machines.length === 0) return '';
  const lines = machines.map(({ name, address, roles }) => `  ${name} ${address} (${roles.join(', ')})\n`);
  return `behind the servers, not watched:\n${lines.join('')}`;
}

function certificateLines({ certificates }: Status, colors: Colors): string {
  return certificates
    .map(({ name, covers, daysLeft }) => {
      const left =
        daysLeft < 0
          ? colors.red('expired')
          : daysLeft < 30
            ? colors.yellow(`${daysLeft} days left`)
            : `${daysLeft} days left`;
      return `certificate ${name} (${covers.join(', ')}): ${left}\n`;
    })
    .join('');
}
