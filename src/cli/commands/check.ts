import type { Configuration } from '../../model/configuration.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { countFindings, exitCodeFor, findingsAsJson, formatFindings, toJson } from '../findings.ts';
import { loadFor } from '../load-node.ts';

/** Validates a declaration and its certificates; starts and changes nothing. */
export async function check(
  file: string,
  options: { readonly json: boolean; readonly nodeFile?: string | undefined },
  context: CliContext,
): Promise<ExitCode> {
  const loaded = await loadFor(file, options.nodeFile, context.now());
  const { diagnostics, configuration, file: name } = loaded;
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

function summarise({ virtualServices, certificates, hosts, ha }: Configuration): string {
  const servers = virtualServices.reduce((sum, service) => sum + service.pool.servers.length, 0);
  return [
    counted(virtualServices.length, 'virtual service'),
    counted(servers, 'server'),
    counted(hosts.length, 'host'),
    counted(certificates.length, 'certificate'),
    ...(ha === undefined
      ? []
      : [counted(ha.nodes.length, 'node'), counted(ha.groups.length, 'address group')]),
  ].join(', ');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
