import type { Configuration } from '../../model/configuration.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { countFindings, exitCodeFor, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { load } from '../load.ts';

/** Validates a declaration and its certificates; starts and changes nothing. */
export async function check(
  file: string,
  options: { readonly json: boolean },
  context: CliContext,
): Promise<ExitCode> {
  const { diagnostics, configuration, file: name } = await load(file, context.now());
  if (options.json) {
    context.write(
      toJson({ file: name, valid: configuration !== undefined, findings: findingsAsJson(diagnostics) }),
    );
    return exitCodeFor(diagnostics);
  }
  context.write(formatFindings(diagnostics, context));
  const counted = countFindings(diagnostics);
  if (configuration === undefined) {
    context.write(`${name}: ${context.colors.red('refused')}, ${counted}\n`);
  } else {
    const remarks = counted === '' ? '' : `; ${counted}`;
    context.write(`${name}: ${context.colors.green('valid')}, ${summarise(configuration)}${remarks}\n`);
  }
  return exitCodeFor(diagnostics);
}

function summarise({ virtualServices, certificates, hosts }: Configuration): string {
  const servers = virtualServices.reduce((sum, service) => sum + service.pool.servers.length, 0);
  return [
    counted(virtualServices.length, 'virtual service'),
    counted(servers, 'server'),
    counted(hosts.length, 'host'),
    counted(certificates.length, 'certificate'),
  ].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
