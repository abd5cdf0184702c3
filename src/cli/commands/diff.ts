import type { RevisionAnswer } from '../../contract/answers.ts';
import { unifiedDiff } from '../../contract/unified-diff.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { diffText, visible } from '../diff-text.ts';
import { toJson } from '../findings.ts';
import { controllerOf } from '../nodes/resolve.ts';
import type { WhereOptions } from '../options.ts';

/** Shows what differs between two revisions; without the second number, up to the one in service. */
export async function diff(
  from: number,
  to: number | undefined,
  options: { readonly json: boolean } & WhereOptions,
  context: CliContext,
): Promise<ExitCode> {
  const controller = await controllerOf(options, context);
  const until = to ?? (await call(controller, 'configuration')).revision;
  const before = await call(controller, 'revision', { revision: from });
  const after = await call(controller, 'revision', { revision: until });
  const declaration = unifiedDiff(named(before), named(after));
  const files = filesThatDiffer(before, after);
  if (options.json) {
    context.write(toJson({ from, to: until, declaration, files }));
    return 0;
  }
  context.write(diffText(declaration, context.colors));
  for (const file of files) context.write(visible(`${sentenceFor(file, from, until)}\n`));
  if (declaration === '' && files.length === 0) {
    context.write(`revisions ${from} and ${until} do not differ\n`);
  }
  return 0;
}

function named({ number, file, text }: RevisionAnswer) {
  return { name: `${file} of revision ${number}`, text };
}

/** A named file that is not in both with the same content. Digests only: files hold keys. */
interface FileDifference {
  readonly name: string;
  readonly in: 'from' | 'to' | 'both';
  readonly from?: string;
  readonly to?: string;
}

function filesThatDiffer(before: RevisionAnswer, after: RevisionAnswer): readonly FileDifference[] {
  const old = new Map(before.files.map((file) => [file.name, file]));
  const now = new Map(after.files.map((file) => [file.name, file]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [one, other] = [old.get(name), now.get(name)];
    if (one !== undefined && other !== undefined && one.sha256 === other.sha256) return [];
    return {
      name,
      in: one === undefined ? 'to' : other === undefined ? 'from' : 'both',
      ...(one?.sha256 === undefined ? {} : { from: one.sha256 }),
      ...(other?.sha256 === undefined ? {} : { to: other.sha256 }),
    } as const;
  });
}

function sentenceFor(difference: FileDifference, from: number, to: number): string {
  const { name } = difference;
  switch (difference.in) {
    case 'from':
      return `${name}: only in revision ${from}`;
    case 'to':
      return `${name}: only in revision ${to}`;
    case 'both':
      return `${name}: differs, ${shortened(difference.from)} to ${shortened(difference.to)}`;
  }
}

function shortened(sha256: string | undefined): string {
  return sha256 === undefined ? 'unreadable' : sha256.slice(0, 8);
}
