import { Failure } from '../../kernel/failure.ts';
import { type Duration, formatDuration } from '../../model/duration.ts';
import { call } from '../client.ts';
import type { CliContext, ExitCode } from '../context.ts';
import { toJson } from '../findings.ts';
import { intentWords } from '../intent-words.ts';
import { clockTime } from '../local-time.ts';
import { nodesOf } from '../nodes/resolve.ts';
import { noteUnasked, unaskedNodes } from '../nodes/unasked.ts';
import { whereHint } from '../options.ts';
import { rollOne, type Stopped } from '../roll-one.ts';
import { defaultDeadline, defaultHealthDeadline, defaultSettle, type RollOptions } from '../rolling-host.ts';
import { allServers, type SeenServer } from '../seen-servers.ts';
import { shellWord } from '../shell-word.ts';

/**
 * Patches hosts one after the other: each is drained, patched, found healthy, put back and settled before the next.
 * Stops at the first that fails; what was not put back yet stays drained.
 */
export async function roll(
  targets: readonly string[],
  options: RollOptions,
  context: CliContext,
): Promise<ExitCode> {
  if (options.run === undefined && !context.interactive) {
    throw new Failure(
      'bad-request',
      'nobody can say when a host is patched: there is no terminal',
      'give the command that patches it with --run',
    );
  }
  const twice = targets.find((target, index) => targets.indexOf(target) < index);
  if (twice !== undefined) throw new Failure('bad-request', `${twice} is named twice`, 'name each host once');
  const nodes = await nodesOf(options, context);
  const controllers = nodes.length > 0 ? nodes : [context.machine.controlSocket(options.state)];
  const seen = await Promise.all(controllers.map((one) => call(one, 'status')));
  for (const status of seen) {
    const unasked = unaskedNodes(status, controllers.length);
    if (unasked !== undefined) {
      const mend = 'name all of them: a host is patched when none has a session left';
      throw new Failure('bad-request', `no host was touched: ${unasked}`, mend);
    }
    for (const target of targets)
      refuseUnfit(target, serversCalled(allServers(status), target, options.service), options, status.at);
  }
  if (seen[0] !== undefined) noteUnasked(seen[0], 'what is drained', controllers.length, context);
  const tell = (target: string, text: string) => {
    if (!options.json) context.write(`${clockTime(context.now())} ${target}: ${text}\n`);
  };
  const interrupt = context.onInterrupt();
  const done: string[] = [];
  for (const target of targets) {
    const stopped = await rollOne(target, controllers, options, context, interrupt, (text) =>
      tell(target, text),
    );
    if (stopped !== undefined) {
      reportStop({ target, stopped, done, left: targets.slice(done.length) }, options, context);
      return 1;
    }
    done.push(target);
  }
  if (options.json) context.write(toJson({ done, left: [] }));
  else context.write(`${context.colors.green('done')}: ${done.join(', ')}\n`);
  return 0;
}

function serversCalled(
  all: readonly SeenServer[],
  target: string,
  service: string | undefined,
): SeenServer[] {
  const there = all.filter((one) => service === undefined || one.service === service);
  const onHost = there.filter(({ host }) => host === target);
  return onHost.length > 0 && service === undefined ? onHost : there.filter(({ name }) => name === target);
}

/** Before the first host is touched: is each of them there, and only out for what a roll would end itself? */
function refuseUnfit(target: string, servers: readonly SeenServer[], options: RollOptions, at: number): void {
  if (servers.length === 0) {
    const { service } = options;
    const where = service === undefined ? 'behind a service' : `in ${service}`;
    const mend = `\`aorta status${whereHint(options)}\` lists what there is`;
    throw new Failure('unknown-target', `no host and no server ${where} is named ${target}`, mend);
  }
  // A drain may be left from a roll that stopped. Anything else would be ended with it although nobody asked.
  const other = servers.flatMap(({ intents }) => intents).find(({ wish }) => wish.kind !== 'drain');
  if (other === undefined) return;
  const mend = `leave it out, or end that first with \`aorta enable ${target}${whereHint(options)}\``;
  throw new Failure('bad-request', `${target} is not as declared: ${intentWords(other, at)}`, mend);
}

interface Stop {
  readonly target: string;
  readonly stopped: Stopped;
  readonly done: readonly string[];
  /** With the one that it stopped at. */
  readonly left: readonly string[];
}

function reportStop({ target, stopped, done, left }: Stop, options: RollOptions, context: CliContext): void {
  if (options.json) {
    const { step, why, drained } = stopped;
    context.write(toJson({ done, left, stopped: { target, step, why, drained } }));
    return;
  }
  const again = [
    'aorta roll',
    ...left,
    ...(options.service === undefined ? [] : ['--service', options.service]),
    ...(options.run === undefined ? [] : ['--run', options.run]),
    ...lasting('--deadline', options.deadline, defaultDeadline),
    ...lasting('--health-deadline', options.healthDeadline, defaultHealthDeadline),
    ...lasting('--settle', options.settle, defaultSettle),
    '--reason',
    options.reason,
  ];
  const words = again.map((word, index) => (index === 0 ? word : shellWord(word))).join(' ');
  const hint = whereHint(options);
  const only = options.service === undefined ? '' : ` --service ${options.service}`;
  const fate = stopped.drained
    ? `${target} stays drained; \`aorta enable ${target}${only}${hint}\` puts it back as it is\n`
    : '';
  context.warn(
    `${context.colors.red('stopped')} at ${target}: ${stopped.why}\n${fate}go on with: ${words}${hint}\n`,
  );
}

function lasting(flag: string, time: Duration, byDefault: Duration): string[] {
  return time === byDefault ? [] : [flag, formatDuration(time)];
}
