import type { ChangeAnswer } from '../../contract/answers.ts';
import type { FileContents } from '../../declaration/files.ts';
import type { NewFiles } from '../../declaration/replaced-files.ts';
import { Failure } from '../../kernel/failure.ts';
import { readFiles } from '../../store/declaration-files.ts';
import { carryOut } from '../change.ts';
import { type CallOptions, type ControllerPlace, call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { contentOf, declaredFiles, replaceOnDisk } from '../declared-certificate.ts';
import { type ChangeNodesOptions, changeNodes } from '../nodes/change-nodes.ts';
import { reportNodes } from '../nodes/change-report.ts';
import { readyNodes } from '../nodes/ready-nodes.ts';
import type { RemoteNode } from '../nodes/remote-node.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { watchOf } from '../options.ts';
import { toSentFile } from '../send.ts';
import { shellWord } from '../shell-word.ts';

export interface CertReplaceOptions extends ChangeNodesOptions {
  readonly key?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** The declaration whose files are replaced on disk too. */
  readonly declaration?: string | undefined;
}

/** Replaces a certificate and its key in service, and on disk when the declaration is named. */
export async function certReplace(
  name: string,
  file: string,
  options: CertReplaceOptions,
  context: CliContext,
): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  const given: NewFiles<string> = { file, key: options.key, password: options.passwordFile };
  const contents = await readGiven(given);
  const declared =
    options.declaration === undefined ? undefined : await declaredFiles(name, options.declaration, given);
  const request = { name, ...sentFiles(given, contents), ...watchOf(options, context) };
  const outcomes: ChangeAnswer['outcome'][] = [];
  const change = async (place: ControllerPlace, live: CallOptions) => {
    const answer = await call(place, 'certificate', request, live);
    outcomes.push(answer.outcome);
    return answer;
  };
  const exitCode =
    nodes.length > 1
      ? await onNodes(nodes, change, again(name, given), options, context)
      : await carryOut(
          (live) => change(nodes[0] ?? context.machine.controlSocket(options.state), live),
          options,
          context,
        );
  const inService = ['applied', 'awaiting', 'unchanged'];
  if (exitCode !== 0 || !outcomes.every((outcome) => inService.includes(outcome))) return exitCode;
  const final = !outcomes.includes('awaiting');
  if (declared === undefined) {
    context.warn(
      `${context.colors.yellow('warning')}: replace also the file that the declaration names for ${name}, or the next \`aorta apply\` brings the old certificate back; --declaration FILE does it\n`,
    );
    return exitCode;
  }
  if (!final) {
    const names = [...declared.keys()].join(', ');
    context.warn(
      `${context.colors.yellow('warning')}: ${names} is not replaced on disk while the change waits to be confirmed; do it after \`aorta confirm\`\n`,
    );
    return exitCode;
  }
  return (await replaceOnDisk(declared, contents, options.json, context)) ? exitCode : 1;
}

/** The same on several nodes, one after the other; when one does not take it, none has it. */
async function onNodes(
  nodes: readonly RemoteNode[],
  change: (node: RemoteNode, live: CallOptions) => Promise<ChangeAnswer>,
  command: string,
  options: CertReplaceOptions,
  context: CliContext,
): Promise<ExitCode> {
  const ready = await readyNodes(nodes, context);
  const changed = await changeNodes(ready, ({ node }, live) => change(node, live), options, context);
  return reportNodes(changed, command, options, context);
}

function again(name: string, { file, key, password }: NewFiles<string>): string {
  const files = [file, ...(key === undefined ? [] : ['--key', key])];
  const words = [...files, ...(password === undefined ? [] : ['--password-file', password])];
  return ['aorta cert replace', ...[name, ...words].map(shellWord)].join(' ');
}

async function readGiven(given: NewFiles<string>): Promise<FileContents> {
  const paths = [given.file, given.key, given.password].filter((path) => path !== undefined);
  const contents = await readFiles(
    paths.map((path) => ({ file: path, path: [], secret: true })),
    '.',
  );
  for (const [path, content] of contents) {
    if (content.kind === 'read') continue;
    const mend = 'correct the path, or its permissions';
    throw new Failure('file-unreadable', `cannot read ${JSON.stringify(path)}: ${content.reason}`, mend);
  }
  return contents;
}

function sentFiles({ file, key, password }: NewFiles<string>, contents: FileContents) {
  const sent = (path: string) => toSentFile(contentOf(contents, path));
  return {
    file: sent(file),
    ...(key === undefined ? {} : { key: sent(key) }),
    ...(password === undefined ? {} : { password: sent(password) }),
  };
}
