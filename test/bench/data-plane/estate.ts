import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatePopulation } from '../../../lab/population.ts';
import { askSocket } from '../../harness/haproxy.ts';
import type { Certificates } from './place.ts';

/** The population that answers are made of, and that the mixed requests are about. */
export const population = { patients: 50, seed: 7 };

/** Writes the configuration of the servers, and what they answer. @returns the command that runs them */
export async function prepareEstate(
  directory: string,
  { ecdsa }: Certificates,
): Promise<readonly [string, ...string[]]> {
  await mkdir(directory, { recursive: true });
  const patients = generatePopulation(population).filter(({ resourceType }) => resourceType === 'Patient');
  const bundle = (count: number) => ({
    ...{ resourceType: 'Bundle', type: 'searchset', total: patients.length },
    entry: patients.slice(0, count).map((resource) => ({ resource, search: { mode: 'match' } })),
  });
  const bodies = {
    patient: sized(patients[0] ?? {}, 2_041),
    bundle: sized(bundle(5), 0),
    large: sized(bundle(20), 50_418),
    metadata: sized({ resourceType: 'CapabilityStatement', status: 'active' }, 51_000),
    observation: sized({ resourceType: 'Observation', status: 'final' }, 700),
    token: sized({ token_type: 'bearer', expires_in: 600 }, 900),
  };
  let text = await readFile(join(import.meta.dirname, 'estate.cfg'), 'utf8');
  text = text.replaceAll('{{directory}}', directory).replaceAll('{{ecdsa}}', ecdsa);
  for (const [name, body] of Object.entries(bodies)) {
    const file = join(directory, `${name}.json`);
    await writeFile(file, body);
    text = text.replaceAll(`{{${name}}}`, file);
  }
  const file = join(directory, 'estate.cfg');
  await writeFile(file, text);
  return ['haproxy', '-db', '-f', file];
}

/** How many requests the servers have answered so far. */
export async function requestsServed(directory: string): Promise<number> {
  const info = await askSocket(join(directory, 'estate.sock'), 'show info\n');
  return Number(/^CumReq: (\d+)$/m.exec(info)?.[1]);
}

/** JSON of exactly so many bytes, as long as the content is smaller. */
function sized(content: object, bytes: number): string {
  const bare = JSON.stringify({ ...content, text: { div: '' } });
  return JSON.stringify({ ...content, text: { div: 'x'.repeat(Math.max(0, bytes - bare.length)) } });
}
