import { Failure } from '../../kernel/failure.ts';
import type { IntentWish } from '../../model/intent.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { liveLine, silentLine } from '../live-line.ts';
import { waitForSessions } from '../session-wait.ts';
import {
  type Granted,
  headOf,
  intend,
  type OpenSessions,
  safeWords,
  sessionsOf,
  type TakeOutOptions,
  takenOutWords,
  unsafeWords,
} from '../taking-out.ts';
import { failureAsJson, failureLine, listOf } from './node-words.ts';
import { type Attempt, attempt, failedCode, sayWhere, worst } from './on-each.ts';
import type { RemoteNode } from './remote-node.ts';
import { only } from './resolve.ts';
import { noteUnasked, unaskedNodes } from './unasked.ts';

/** @property sessions absent when the node went away after it had granted the wish */
type TakenOut = Granted & { readonly sessions?: readonly OpenSessions[] };

/**
 * Drains or maintains on several nodes. What one node refuses stays in force on the others: the server gets less,
 * never more, than is wanted. With `--wait` it is safe to patch when no session is left on any of them.
 */
export async function takeOutOfAll(
  nodes: readonly RemoteNode[],
  wish: IntentWish,
  target: string,
  options: TakeOutOptions,
  context: CliContext,
): Promise<ExitCode> {
  const done = await attempt(nodes, async (node): Promise<TakenOut> => {
    const granted = await intend(node, wish, target, options, context);
    const sessions = await sessionsOf(node, granted.mine).catch(nothingOf);
    return { ...granted, ...(sessions === undefined ? {} : { sessions }) };
  });
  const failures = done.map(({ result }) => result).filter((result) => result instanceof Failure);
  if (!options.json) say(done, context);
  if (failures.length > 0) {
    if (options.json) context.write(toJson({ nodes: done.map(nodeAsJson), safe: false }));
    else if (options.wait) {
      const why = `${target} may still get requests from where it was not taken out`;
      context.warn(`${context.colors.red('not safe to patch')}: ${why}\n`);
    }
    return failures.length < done.length ? 1 : worst(failures.map(failedCode));
  }
  if (!options.wait) {
    if (options.json) context.write(toJson({ nodes: done.map(nodeAsJson) }));
    return 0;
  }
  const unsafe = await waitOnAll(done, target, options, context);
  if (options.json) context.write(toJson({ nodes: done.map(nodeAsJson), safe: unsafe === undefined }));
  else if (unsafe !== undefined) context.warn(`${context.colors.red('not safe to patch')}: ${unsafe}\n`);
  else {
    const [first] = done;
    const words =
      first === undefined || first.result instanceof Failure ? target : safeWords(first.result.mine);
    const where = listOf(nodes.map(({ name }) => name));
    context.write(`${context.colors.green('safe to patch')}: ${words}, on ${where}\n`);
  }
  return unsafe === undefined ? 0 : 1;
}

function say(done: readonly Attempt<TakenOut>[], context: CliContext): void {
  for (const { node, result } of done) {
    const { name } = node;
    if (result instanceof Failure) context.warn(`${name}: ${failureLine(result, context.colors)}`);
    else {
      const { mine, sessions } = result;
      const words =
        sessions === undefined
          ? `${headOf(mine)}; it does not say what is open`
          : takenOutWords(mine, sessions);
      context.write(`${name}: ${words}\n`);
    }
  }
  sayWhere(done, context);
}

/** One node after the other: what is empty stays empty. @returns why it is not safe, after the deadline for all */
async function waitOnAll(
  done: readonly Attempt<TakenOut>[],
  target: string,
  options: TakeOutOptions,
  context: CliContext,
): Promise<string | undefined> {
  const end = context.now() + options.deadline;
  const line = options.json ? silentLine : liveLine(context);
  try {
    for (const { node, result } of done) {
      if (result instanceof Failure) continue;
      const drained = await waitForSessions(
        result.mine.servers,
        {
          ask: () => call(node, 'status'),
          deadline: Math.max(0, end - context.now()),
          now: () => context.now(),
        },
        (text) => line.show(`waiting for ${node.name}: ${text}`),
      );
      if (drained.kind !== 'empty')
        return `${node.name}: ${unsafeWords(drained, target, options.service, only(node, options))}`;
    }
    const [first] = done;
    if (first === undefined) return undefined;
    const status = await call(first.node, 'status');
    const unasked = unaskedNodes(status, done.length);
    line.end();
    if (unasked === undefined && !options.json) noteUnasked(status, target, done.length, context);
    return unasked;
  } catch (error) {
    if (error instanceof Failure) return `${error.message}; ${error.mend}`;
    throw error;
  } finally {
    line.end();
  }
}

function nothingOf(error: unknown): undefined {
  if (!(error instanceof Failure)) throw error;
}

function nodeAsJson({ node, result }: Attempt<TakenOut>): object {
  if (result instanceof Failure) return { node: node.name, error: failureAsJson(result) };
  const { intents, sessions } = result;
  return { node: node.name, intents, sessions };
}
