import { Failure } from '../../kernel/failure.ts';
import { type Endpoint, formatEndpoint, toEndpoint } from '../../model/endpoint.ts';
import { isName } from '../../model/name.ts';
import { defaultApiPort } from '../../model/node-api.ts';
import { showDay } from '../../pki/facts.ts';
import {
  authorityKeyFile,
  authorityName,
  nodeListFile,
  operatorName,
  pairFiles,
  sealKeyFile,
} from '../../pki/pair-files.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { type MadeKeys, makePairKeys } from '../nodes/make-keys.ts';

export interface PairKeysOptions {
  /** Each `NAME=ADDRESS[:PORT]`. */
  readonly node: readonly string[];
  readonly out: string;
  readonly days: number;
  readonly json: boolean;
}

/** Makes the keys by which the nodes of a pair and the operator know each other. */
export async function pairKeys(options: PairKeysOptions, context: CliContext): Promise<ExitCode> {
  const nodes = nodesOf(options.node);
  const { out: directory, days } = options;
  const made = await makePairKeys({ directory, nodes, days, now: context.now() });
  context.write(options.json ? toJson({ directory, ...made }) : textOf(made, directory, nodes));
  return 0;
}

function nodesOf(texts: readonly string[]): ReadonlyMap<string, Endpoint> {
  const nodes = new Map<string, Endpoint>();
  for (const text of texts) {
    const [, name = '', address = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const endpoint = toEndpoint(address, defaultApiPort);
    if (!isName(name) || endpoint === undefined) {
      throw new Failure(
        'bad-request',
        `${JSON.stringify(text)} is not a node`,
        'write NAME=ADDRESS or NAME=ADDRESS:PORT, such as lb-a=10.20.1.2; a name has lower-case letters, digits and hyphens',
      );
    }
    if (name === operatorName || name === authorityName)
      throw new Failure('bad-request', `no node can be called ${name}`, 'give it another name');
    if (nodes.has(name)) throw new Failure('bad-request', `${name} is named twice`, 'name each node once');
    nodes.set(name, endpoint);
  }
  return nodes;
}

function textOf(made: MadeKeys, directory: string, nodes: ReadonlyMap<string, Endpoint>): string {
  const until = `valid until ${showDay(made.notAfter)}`;
  const authority = pairFiles(directory, authorityName).certificate;
  const lines = [
    `${made.newAuthority ? `made ${authority}, ${until}` : `kept ${authority}`}`,
    ...made.made.map((name) => `made ${pairFiles(directory, name).certificate} and its key, ${until}`),
    ...made.kept.map((name) => `kept ${pairFiles(directory, name).certificate} and its key`),
    `${made.newSeal ? 'made' : 'kept'} ${sealKeyFile(directory)}`,
    `the nodes are listed in ${nodeListFile(directory)}`,
    '',
    ...[...nodes]
      .filter(([name]) => made.made.includes(name))
      .map(([name, endpoint]) => {
        const paths = pairFiles(directory, name);
        const files = [paths.authority, paths.certificate, paths.key].join(' ');
        return `copy to ${name}, which answers on ${formatEndpoint(endpoint)}: ${files}`;
      }),
    `copy ${sealKeyFile(directory)} to every node that shares a store`,
    `${authorityKeyFile(directory)} is needed only to make more of these: keep it safe, and on no node`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}
