import type { MemoryBudget, MemoryLine } from '../ir/memory-budget.ts';
import type { CliContext } from './context.ts';

const words: Readonly<Record<MemoryLine['what'], string>> = {
  base: 'HAProxy itself',
  tlsSession: 'TLS sessions that may be resumed',
  descriptor: 'descriptors, two for each connection and each hop',
  connection: 'connections',
  buffers: 'requests under way, their buffers full',
  tlsToClient: 'TLS to clients',
  tlsToServer: 'TLS to servers',
  hop: 'writes that take the inner hop',
  stickEntry: 'clients remembered, for limits or to keep their server',
};

/** The arithmetic of the memory budget, a line each, with where each figure comes from. */
export function memoryText({ process, services, bytes, idle }: MemoryBudget, { colors }: CliContext): string {
  const line = ({ what, count, each, bytes: sum, source }: MemoryLine) =>
    `    ${words[what]}: ${count} x ${each} B = ${mebibytes(sum)}\n        ${colors.cyan(source)}\n`;
  const part = (name: string, sum: number, lines: readonly MemoryLine[]) =>
    `  ${colors.bold(name)}: ${mebibytes(sum)}\n${lines.map(line).join('')}`;
  return [
    `${colors.bold('memory of HAProxy')}: at most ${mebibytes(bytes)}, when every connection is open and busy; at most ${mebibytes(idle)}, when every one is open and idle\n`,
    part(
      'process',
      process.reduce((sum, one) => sum + one.bytes, 0),
      process,
    ),
    ...services.map((service) => part(service.name, service.bytes, service.lines)),
  ].join('');
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
