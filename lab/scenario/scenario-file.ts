import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPositioned } from '../positioned-yaml.ts';
import { loadTopology } from '../topology.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

const directory = join(import.meta.dirname, '..', 'scenarios');

/** A scenario that cannot be run; the message lists every finding. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** @param label the file name printed in findings @throws ScenarioError */
export function parseScenario(text: string, label: string): Scenario {
  const read = readPositioned(text, label, scenarioSchema);
  if (!read.ok) throw new ScenarioError(read.findings.join('\n'));
  return read.value;
}

/** The names of all scenarios, in alphabetical order. */
export async function scenarioNames(): Promise<string[]> {
  const files = await readdir(directory);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Loads a scenario by name (a file in `lab/scenarios`) or by path (anything with a slash or a dot). @throws ScenarioError */
export async function loadScenario(nameOrPath: string): Promise<Scenario> {
  const path = /[/.]/.test(nameOrPath) ? nameOrPath : join(directory, `${nameOrPath}.yaml`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ScenarioError(`there is no scenario ${nameOrPath}; \`npm run lab -- scenarios\` lists them`, {
      cause,
    });
  });
  return parseScenario(text, nameOrPath === path ? path : `lab/scenarios/${nameOrPath}.yaml`);
}

/** Names in a scenario that its topology does not have. @throws ScenarioError */
export async function checkNames(scenario: Scenario, topologyName: string): Promise<void> {
  const topology = await loadTopology(topologyName);
  const known = new Set(
    Object.entries(topology.machines).flatMap(([machine, { services }]) =>
      services.map(({ role }, index) => (index === 0 ? machine : `${machine}.${role}`)),
    ),
  );
  const { timeline, before, expect } = scenario;
  const used = [
    ...[...timeline, ...before].flatMap((one) => ('on' in one ? one.on : [])),
    ...expect.answered.flatMap(({ only = [], by = [], atMost = {} }) => [
      ...only,
      ...by,
      ...Object.keys(atMost),
    ]),
    ...[...expect.servers, ...expect.never.servers].map(({ server }) => server),
  ];
  const unknown = [...new Set(used)].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new ScenarioError(
      `the topology ${topologyName} has no ${unknown.join(', ')}; there are ${[...known].join(', ')}`,
    );
  }
}
