import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPositioned } from '../positioned-yaml.ts';
import { ScenarioError } from './scenario-error.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

const directory = join(import.meta.dirname, '..', 'scenarios');

/** @param label the file name printed in findings @throws ScenarioError */
export function parseScenario(text: string, label: string): Scenario {
  const read = readPositioned(text, label, scenarioSchema);
  if (!read.ok) throw new ScenarioError(read.findings.join('\n'));
  return read.value;
}

/** The names of all scenarios, in alphabetical order; those in a folder have its name and a slash before their own. */
export async function scenarioNames(): Promise<string[]> {
  const files = await readdir(directory, { recursive: true });
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Loads a scenario by name (a file in `lab/scenarios`) or by path (anything with a dot). @throws ScenarioError */
export async function loadScenario(nameOrPath: string): Promise<Scenario> {
  const path = nameOrPath.includes('.') ? nameOrPath : join(directory, `${nameOrPath}.yaml`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ScenarioError(`there is no scenario ${nameOrPath}; \`npm run lab -- scenarios\` lists them`, {
      cause,
    });
  });
  return parseScenario(text, nameOrPath === path ? path : `lab/scenarios/${nameOrPath}.yaml`);
}
