import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { percent } from './assertion.ts';
import { checkNames } from './check-names.ts';
import { failureLines } from './failures.ts';
import { takeovers, takeoverWords } from './holders.ts';
import { judge, type Verdict } from './judge.ts';
import { perThousand } from './measure.ts';
import type { Recording, Variant } from './recording.ts';
import { reportHtml } from './report/html.ts';
import { runScenario } from './run.ts';
import { ScenarioError } from './scenario-error.ts';
import { loadScenario, scenarioNames } from './scenario-file.ts';
import { CLIENTS, DEPLOYMENTS, type Scenario, TLS } from './schema.ts';
import { inWords } from './units.ts';
import { variantWords } from './variants.ts';

export const scenarioUsage = `npm run lab -- scenarios
npm run lab -- scenario NAME|FILE [--clients ${CLIENTS.join('|')}] [--tls ${TLS.join('|')}]
                        [--deployment ${DEPLOYMENTS.join('|')}] [--times N] [--out DIR] [--plain]`;

const OPTIONS = {
  clients: { type: 'string' },
  tls: { type: 'string' },
  deployment: { type: 'string' },
  times: { type: 'string', default: '1' },
  out: { type: 'string' },
  plain: { type: 'boolean', default: false },
} as const;

/** One line for each scenario. */
export async function listScenarios(): Promise<string> {
  const names = await scenarioNames();
  const width = Math.max(...names.map((name) => name.length));
  const lines = await Promise.all(
    names.map(async (name) => `${name.padEnd(width)}  ${(await loadScenario(name)).title}\n`),
  );
  return lines.join('');
}

/** Runs a scenario and prints its verdict. @returns the exit code @throws ScenarioError */
export async function scenarioCommand(arguments_: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parse(arguments_);
  const [name, ...more] = positionals;
  const times = Number(values.times);
  if (name === undefined || more.length > 0 || !Number.isInteger(times) || times < 1)
    throw new ScenarioError(`usage:\n${scenarioUsage}`);
  const scenario = values.plain ? withoutProduct(await loadScenario(name)) : await loadScenario(name);
  const variant: Variant = {
    clients: oneOf('--clients', CLIENTS, values.clients) ?? scenario.clients,
    tls: oneOf('--tls', TLS, values.tls) ?? scenario.tls,
    topology: oneOf('--deployment', DEPLOYMENTS, values.deployment) ?? scenario.topology,
  };
  if (scenario.needsTls && variant.tls !== 'bridging')
    throw new ScenarioError(`${name} is about certificates of the servers: it needs --tls bridging`);
  await checkNames(scenario, variant.topology);
  const outcomes: Verdict['outcome'][] = [];
  for (let turn = 1; turn <= times; turn += 1) {
    process.stdout.write(
      `\n${scenario.title} (${variantWords(variant)})${times > 1 ? `, ${turn} of ${times}` : ''}\n`,
    );
    const recording = await runScenario(scenario, variant, {
      signal,
      tell: (text) => process.stdout.write(`  ${text}\n`),
    });
    const verdict = judge(scenario, recording);
    process.stdout.write(verdictText(verdict, recording));
    if (values.out !== undefined) {
      const file = `${fileName(name)}${times > 1 ? `-${turn}` : ''}.html`;
      await mkdir(values.out, { recursive: true });
      await writeFile(join(values.out, file), reportHtml({ name, scenario, variant, recording, verdict }));
      process.stdout.write(`  picture: ${join(values.out, file)}\n`);
    }
    outcomes.push(verdict.outcome);
  }
  return outcomes.every((outcome) => outcome === 'passed') ? 0 : 1;
}

/** The same with keepalived and HAProxy as they are. @throws ScenarioError */
function withoutProduct(scenario: Scenario): Scenario {
  if (scenario.pair === undefined) throw new ScenarioError('--plain is for a scenario with a pair');
  return { ...scenario, pair: { ...scenario.pair, software: 'plain' } };
}

/** A scenario's name, or the file it stands in, as the name of another file. */
function fileName(nameOrPath: string): string {
  return nameOrPath.includes('.') ? basename(nameOrPath, '.yaml') : nameOrPath.replaceAll('/', '-');
}

/** The verdict for a terminal: each assertion with what was expected and measured. */
export function verdictText(
  { outcome, invalid, assertions, measures }: Verdict,
  recording: Recording,
): string {
  const { requests, longestGap, longestFailure, again } = measures;
  const achieved = `${Math.round((requests / recording.duration) * 1000)} requests/s, ${percent(recording.achieved)} sent in time`;
  const lines = [
    `  ${requests} requests: ${achieved}; ${recording.coresBusy.toFixed(1)} cores busy, ${percent(recording.stolen)} of the machine taken by others; HAProxy ${recording.haproxy}`,
    ...(['reads', 'writes'] as const).map((name) => {
      const { sent, failed, shed, p50, p99 } = measures[name];
      return `  ${name.padEnd(6)} ${sent} sent, ${failed.length} failed (${perThousand(failed.length, sent)} of 1,000), ${shed} of them refused clearly; p50 ${inWords(p50)}, p99 ${inWords(p99)}`;
    }),
    `  longest failure ${inWords(longestFailure)}, longest time without a success ${inWords(longestGap)}, ${again} sent again by right`,
    ...takeovers(recording).map(
      ({ mark, takeover }) => `  ${mark.on.join(', ')} ${mark.text}: taken over ${takeoverWords(takeover)}`,
    ),
    ...assertions.map(
      ({ passed, what, expected, measured }) =>
        `  ${passed ? 'ok  ' : 'FAIL'} ${what}: expected ${expected}; measured ${measured}`,
    ),
    ...failureLines(recording),
    invalid === undefined ? `  ${outcome.toUpperCase()}` : `  INVALID: ${invalid}: the run says nothing`,
  ];
  return `${lines.join('\n')}\n`;
}

function oneOf<T extends string>(
  option: string,
  allowed: readonly T[],
  given: string | undefined,
): T | undefined {
  if (given === undefined) return undefined;
  const found = allowed.find((one) => one === given);
  if (found === undefined)
    throw new ScenarioError(`${option} is ${allowed.join(' or ')}, not ${JSON.stringify(given)}`);
  return found;
}

function parse(arguments_: readonly string[]) {
  try {
    return parseArgs({ args: [...arguments_], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new ScenarioError(
      `${error instanceof Error ? error.message : String(error)}\n\nusage:\n${scenarioUsage}`,
    );
  }
}
