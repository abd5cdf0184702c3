import Table from 'cli-table3';
import type { IntentInForce } from '../../contract/answers.ts';
import { ago } from '../ago.ts';
import { call } from '../client.ts';
import type { CliContext, Colors, ExitCode } from '../context.ts';
import { targetWords, wishWords } from '../intent-words.ts';
import { localTime } from '../local-time.ts';
import { type EachOptions, onEach } from '../nodes/on-each.ts';

/** Lists what operators want of servers beyond the declaration. */
export async function intents(options: EachOptions, context: CliContext): Promise<ExitCode> {
  return await onEach(options, context, async (place) => {
    const answer = await call(place, 'intents');
    const text =
      answer.intents.length === 0
        ? 'none: every server is as declared\n'
        : `${tableOf(answer.intents, context.now(), context.colors)}\n`;
    return { code: 0, json: answer, text };
  });
}

function tableOf(all: readonly IntentInForce[], now: number, colors: Colors): string {
  const table = new Table({
    head: ['id', 'what', 'target', 'servers', 'who', 'why', 'since', 'until'].map((title) =>
      colors.bold(title),
    ),
    style: { head: [], border: [], compact: true },
  });
  for (const { id, wish, target, servers, author, reason, since, until } of all) {
    table.push([
      String(id),
      colors.yellow(wishWords(wish)),
      targetWords(target),
      serverWords(servers),
      author,
      reason,
      `${ago(now - since)} ago`,
      until === undefined ? 'ended by hand' : localTime(until),
    ]);
  }
  return table.toString();
}

/** More than this makes a row that nobody reads. */
const mostServers = 8;

function serverWords(servers: IntentInForce['servers']): string {
  if (servers.length === 0) return 'none: no longer declared';
  const shown = servers.slice(0, mostServers).map(({ service, server }) => `${service}/${server}`);
  const more = servers.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
