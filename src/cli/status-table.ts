import Table from 'cli-table3';
import { type Duration, formatDuration } from '../model/duration.ts';
import type { ServerStatus, ServiceStatus, Status } from '../model/status.ts';
import type { Colors } from './context.ts';

/** The status for people: a line for HAProxy, then a table of services and servers, then what is wrong, in sentences. */
export function statusTable(status: Status, colors: Colors): string {
  const table = new Table({
    head: ['service', 'server', 'state', 'since', 'sessions', 'last check'].map((title) =>
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
  const sentences = status.services.flatMap(({ name, conditions }) =>
    conditions.map((condition) => `${colors.yellow(name)}: ${condition}\n`),
  );
  return `${headline(status, colors)}\n${table.toString()}\n${sentences.join('')}${certificateLines(status, colors)}${dependencyLine(status)}`;
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
      const host = address.includes(':') ? `[${address}]` : address;
      return `${protocol} ${host}:${port}${open ? '' : ' (not open)'}`;
    })
    .join('\n');
}

function serverRow(server: ServerStatus, at: number, colors: Colors): string[] {
  const { name, address, port, state, since, sessions, check, cause } = server;
  const host = address.includes(':') ? `[${address}]` : address;
  return [
    '',
    `${name} ${host}:${port}`,
    paintState(state, colors),
    since === undefined ? '' : ago(at - since),
    sessions === undefined ? '' : String(sessions),
    cause ?? check ?? '',
  ];
}

function paintState(state: ServerStatus['state'] | ServiceStatus['state'], colors: Colors): string {
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

function dependencyLine({ dependencies }: Status): string {
  if (dependencies.length === 0) return '';
  const machines = dependencies.map(({ name, address, roles }) => `${name} ${address} (${roles.join(', ')})`);
  return `behind the servers, not balanced and not checked:\n${machines.map((machine) => `  ${machine}\n`).join('')}`;
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

/** A length of time to the largest unit that says enough: `42s`, `3m`, `5h`, `12d`. */
function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [unit] = ([86_400, 3_600, 60] as const).filter((size) => seconds >= 2 * size);
  const rounded = unit === undefined ? seconds : Math.floor(seconds / unit) * unit;
  return rounded === 0 ? '0s' : formatDuration((rounded * 1000) as Duration);
}
