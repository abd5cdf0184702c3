import { Failure } from '../../kernel/failure.ts';
import type { ControllerPlace } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import type { WhereOptions } from '../options.ts';
import { failureAsJson, failureLine, listOf } from './node-words.ts';
import { NodeLost, type RemoteNode } from './remote-node.ts';
import { nodesOf, only } from './resolve.ts';

/** What a command found out, or did, at one controller. */
export interface Report {
  readonly code: ExitCode;
  readonly json: object;
  /** For people. */
  readonly text: string;
  /** For people, on standard error, before the text. */
  readonly warnings?: string;
}

export interface EachOptions extends WhereOptions {
  readonly json: boolean;
}

/**
 * Does the work of a command at the controller of this machine, or at every node that was named, at all of them at
 * once. One that fails does not stop the others, and it is said which did.
 * @param work told what the command line would be for that controller alone
 */
export async function onEach(
  options: EachOptions,
  context: CliContext,
  work: (place: ControllerPlace, where: WhereOptions) => Promise<Report>,
): Promise<ExitCode> {
  const nodes = await nodesOf(options, context);
  const [first, ...others] = nodes;
  if (first === undefined || others.length === 0) {
    const place = first ?? context.machine.controlSocket(options.state);
    const { code, json, text, warnings = '' } = await work(place, options);
    if (!options.json) context.warn(warnings);
    context.write(options.json ? toJson(json) : text);
    return code;
  }
  const done = await attempt(nodes, (node) => work(node, only(node, options)));
  if (options.json) {
    context.write(
      toJson({
        nodes: done.map(({ node, result }) =>
          result instanceof Failure
            ? { node: node.name, error: failureAsJson(result) }
            : { node: node.name, ...result.json },
        ),
      }),
    );
    return worst(done.map(({ result }) => (result instanceof Failure ? failedCode(result) : result.code)));
  }
  for (const { node, result } of done) {
    context.write(`${context.colors.bold(node.name)}:\n`);
    if (result instanceof Failure) context.warn(failureLine(result, context.colors));
    else {
      context.warn(result.warnings ?? '');
      context.write(result.text);
    }
  }
  sayWhere(done, context);
  return worst(done.map(({ result }) => (result instanceof Failure ? failedCode(result) : result.code)));
}

/** What became of something at each node. */
export type Attempt<T> = { readonly node: RemoteNode; readonly result: T | Failure };

/** Tries something at all nodes at once. */
export async function attempt<T>(
  nodes: readonly RemoteNode[],
  work: (node: RemoteNode) => Promise<T>,
): Promise<readonly Attempt<T>[]> {
  return await Promise.all(
    nodes.map(async (node) => {
      try {
        return { node, result: await work(node) };
      } catch (error) {
        if (error instanceof Failure) return { node, result: error };
        throw error;
      }
    }),
  );
}

/** When not all did it: which did, and which did not. */
export function sayWhere(done: readonly Attempt<unknown>[], context: CliContext): void {
  const named = (fits: (result: unknown) => boolean) =>
    listOf(done.filter(({ result }) => fits(result)).map(({ node }) => node.name));
  const fine = named((result) => !(result instanceof Failure));
  const unknown = named((result) => result instanceof NodeLost && result.sent);
  const failed = named((result) => result instanceof Failure && !(result instanceof NodeLost && result.sent));
  if (unknown === '' && failed === '') return;
  const parts = [
    fine === '' ? 'done on no node' : `done on ${fine} only`,
    ...(failed === '' ? [] : [`not on ${failed}`]),
    ...(unknown === '' ? [] : [`nobody knows about ${unknown}`]),
  ];
  context.warn(`${context.colors.red('not on all')}: ${parts.join(', ')}\n`);
}

export function failedCode({ responsibility }: Failure): ExitCode {
  return responsibility === 'user' ? 2 : 1;
}

/** A failure weighs more than a mistake: the mistake may have been made at one node only. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  if (codes.every((code) => code === 2)) return 2;
  return codes.every((code) => code === 0) ? 0 : 1;
}
