import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { z } from 'zod';
import { type Duration, durationBetween } from '../model/duration.ts';
import { MemorySize } from '../model/machine-size.ts';
import type { CliContext } from './context.ts';
import { shellWord } from './shell-word.ts';

const defaultState = '.aorta';
/** Where the keys of the operator are, unless something else is said. */
export const defaultKeys = 'pair';

/** Options that several commands have. */
export const json = () => new Option('--json', 'print JSON with stable keys').default(false);

export const state = () =>
  new Option('--state <directory>', 'where the controller keeps its state')
    .env('AORTA_STATE')
    .default(defaultState);

export const nodeFile = () =>
  new Option(
    '--node-file <file>',
    'says which node of the pair this machine is; by default `node.yaml` in the state directory, if it is there',
  );

/** For a command that is about a declaration in general, unless it is told about which machine. */
export const nodeFileAsked = () =>
  new Option('--node-file <file>', 'also look at it as the machine of this node file does');

export const node = () =>
  new Option('--node <name>', 'ask this node, by its name or HOST:PORT, and not this machine').argParser(
    collect,
  );

/** For commands that can be about several nodes at once. */
export const nodes = () =>
  new Option(
    '--node <name>',
    'ask this node, by its name or HOST:PORT, and not this machine; repeat it for several',
  ).argParser(collect);

export const keys = () =>
  new Option('--keys <directory>', 'the keys to call nodes with, made by `aorta pair keys`')
    .env('AORTA_KEYS')
    .default(defaultKeys);

/** Which controller, or which nodes, a command is about. */
export interface WhereOptions {
  readonly state: string;
  /** Each a name or `HOST:PORT`; absent: the controller of the state directory. */
  readonly node?: readonly string[] | undefined;
  readonly keys: string;
}

/** What to add to a command that is named to the user, so that it is about the same controllers. */
export function whereHint({ state: directory, node: named = [], keys: own }: WhereOptions): string {
  if (named.length === 0) return directory === defaultState ? '' : ` --state ${shellWord(directory)}`;
  const all = named.map((name) => ` --node ${shellWord(name)}`).join('');
  return own === defaultKeys ? all : `${all} --keys ${shellWord(own)}`;
}

export const cores = () =>
  new Option(
    '--cores <number>',
    'say what a machine with so many cores bears, and not this one; repeat it for several',
  ).argParser(collectCores);

export const memory = () =>
  new Option(
    '--memory <size>',
    'how much memory it has, such as 8GiB; with --cores 2 GiB a core unless it is said',
  ).argParser(asParsed(MemorySize));

export const confirmWithin = () =>
  new Option(
    '--confirm <duration>',
    'undo the change unless `aorta confirm` comes within this time',
  ).argParser(asDuration(durationBetween('1s', '1d')));

export const guard = () =>
  new Option(
    '--guard <duration>',
    'how long the service is watched, and the change undone when it gets worse; 10s by default, 0s: not at all',
  ).argParser(asDuration(durationBetween('0s', '1h')));

export const force = () =>
  new Option('--force', 'go on although the examination of machine and servers found errors').default(false);

export const keep = () =>
  new Option(
    '--keep',
    'of several nodes: leave the change on those that have it when another does not take it',
  ).default(false);

export const reason = () => new Option('--reason <text>', 'why, for the history');

export const without = () =>
  new Option(
    '--without <node>',
    'of nodes that share a store: do not wait for this one, which follows when it is back; repeat it for several',
  ).argParser(collect);

export const author = () => new Option('--author <name>', 'who, for the history; by default the account');

/** An option that can be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function asDuration(schema: z.ZodType<Duration>): (text: string) => Duration {
  return asParsed(schema);
}

function asParsed<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is not right'}.`);
  };
}

function collectCores(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, asCores(text)];
}

function asCores(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number from 1 to 9999.');
}

export function asRevision(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A revision is a whole number from 1; `aorta history` lists them.');
}

/** How a change is watched, and who wants it and why, as the command line says it. */
export interface WatchOptions {
  readonly confirm?: Duration | undefined;
  readonly guard?: Duration | undefined;
  readonly force: boolean;
  readonly reason?: string | undefined;
  readonly author?: string | undefined;
  readonly without?: readonly string[] | undefined;
}

/** The same, as a request says it. */
export interface Watch {
  readonly confirmWithin?: number;
  readonly guard?: number;
  readonly force?: boolean;
  readonly reason?: string;
  readonly author: string;
  readonly without?: string[];
}

export function watchOf(options: WatchOptions, { user }: Pick<CliContext, 'user'>): Watch {
  return {
    ...(options.confirm === undefined ? {} : { confirmWithin: options.confirm }),
    ...(options.guard === undefined ? {} : { guard: options.guard }),
    ...(options.force ? { force: true } : {}),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.without === undefined ? {} : { without: [...options.without] }),
    author: options.author ?? user,
  };
}
