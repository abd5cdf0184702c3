import Table from 'cli-table3';
import type { RevisionsAnswer } from '../../contract/answers.ts';
import type { Revision } from '../../store/revision.ts';
import { call } from '../client.ts';
import type { CliContext, Colors, ExitCode } from '../context.ts';
import { localTime } from '../local-time.ts';
import { type EachOptions, onEach } from '../nodes/on-each.ts';

/** Lists the accepted changes, the newest first. */
export async function history(options: EachOptions, context: CliContext): Promise<ExitCode> {
  return await onEach(options, context, async (place) => {
    const answer = await call(place, 'revisions');
    return { code: 0, json: answer, text: historyTable(answer, context.colors) };
  });
}

function historyTable({ inService, revisions }: RevisionsAnswer, colors: Colors): string {
  if (revisions.length === 0) return 'no change was accepted yet\n';
  const table = new Table({
    head: ['revision', 'when', 'who', 'kind', 'state', 'reason'].map((title) => colors.bold(title)),
    style: { head: [], border: [], compact: true },
  });
  for (const revision of revisions) {
    const { number, at, author, reason = '' } = revision;
    const name = number === inService ? colors.bold(`${number} in service`) : String(number);
    table.push([name, localTime(at), author, kindOf(revision), paintState(revision.state, colors), reason]);
  }
  return `${table.toString()}\n`;
}

/** `rollback to 3`. */
export function kindOf({ kind, restores }: Pick<Revision, 'kind' | 'restores'>): string {
  return restores === undefined ? kind : `${kind} to ${restores}`;
}

function paintState(state: Revision['state'], colors: Colors): string {
  switch (state) {
    case 'committed':
      return colors.green(state);
    case 'pending':
      return colors.yellow(state);
    case 'reverted':
      return colors.red(state);
  }
}
