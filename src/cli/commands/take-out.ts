import type { IntentWish } from '../../model/intent.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { liveLine, silentLine } from '../live-line.ts';
import { onEach } from '../nodes/on-each.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { takeOutOfAll } from '../nodes/take-out-of-all.ts';
import { noteUnasked, unaskedNodes } from '../nodes/unasked.ts';
import { type Drained, waitForSessions } from '../session-wait.ts';
import {
  headOf,
  intend,
  safeWords,
  sessionsOf,
  type TakeOutOptions,
  takenOutWords,
  unsafeWords,
  type WishOptions,
} from '../taking-out.ts';

/** Drains or maintains: no new requests. With `--wait` until those under way have ended. */
export async function takeOut(
  wish: IntentWish,
  target: string,
  options: TakeOutOptions,
  context: CliContext,
): Promise<ExitCode> {
  const [node, ...others] = await nodesOf(options, context);
  if (node !== undefined && others.length > 0)
    return await takeOutOfAll([node, ...others], wish, target, options, context);
  const controller = node ?? context.machine.controlSocket(options.state);
  const { mine, intents } = await intend(controller, wish, target, options, context);
  const sessions = await sessionsOf(controller, mine);
  if (!options.json) context.write(`${takenOutWords(mine, sessions)}\n`);
  if (!options.wait) {
    if (options.json) context.write(toJson({ intents, sessions }));
    return 0;
  }
  const line = options.json ? silentLine : liveLine(context);
  const drained = await waitForSessions(
    mine.servers,
    { ask: () => call(controller, 'status'), deadline: options.deadline, now: () => context.now() },
    (text) => line.show(`waiting: ${text}`),
  ).finally(() => line.end());
  const status = await call(controller, 'status');
  const unasked = drained.kind === 'empty' ? unaskedNodes(status, 1) : undefined;
  const safe = drained.kind === 'empty' && unasked === undefined;
  const { colors } = context;
  if (options.json) context.write(toJson({ intents, sessions, safe, ...leftOf(drained) }));
  else if (safe) {
    context.write(`${colors.green('safe to patch')}: ${safeWords(mine)}\n`);
    noteUnasked(status, target, 1, context);
  } else {
    const why = drained.kind === 'empty' ? unasked : unsafeWords(drained, target, options.service, options);
    context.warn(`${colors.red('not safe to patch')}: ${why}\n`);
  }
  return safe ? 0 : 1;
}

/** Gives a host or a server another weight. */
export async function weigh(
  weight: number,
  target: string,
  options: WishOptions,
  context: CliContext,
): Promise<ExitCode> {
  return await onEach(options, context, async (controller) => {
    const { mine, intents } = await intend(controller, { kind: 'weight', weight }, target, options, context);
    const places = mine.servers.map(({ service, server }) => `${service}/${server}`);
    return { code: 0, json: { intents }, text: `${headOf(mine)}: ${places.join(', ')}\n` };
  });
}

function leftOf(drained: Drained): { readonly open?: string } {
  return drained.kind === 'deadline' ? { open: drained.open } : {};
}
