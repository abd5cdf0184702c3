/**
 * Everything that `docs/performance.md` shows, in one command:
 *
 *     npm run bench                 the whole; writes the page
 *     npm run bench -- --quick      in four minutes which way it goes; prints, and writes nothing
 *     npm run bench -- --part data-plane --write docs/performance.md
 *
 * It needs root, a machine with two cores, and nothing else that runs there.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { withPart } from '../../scripts/docs/with-part.ts';
import { costChart } from './data-plane/chart.ts';
import { measureDataPlane } from './data-plane/data-plane.ts';
import { pageOf } from './data-plane/page.ts';

const partNames = ['data-plane', 'control-plane', 'changes', 'statistics', 'metrics'] as const;
type PartName = (typeof partNames)[number];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    part: { type: 'string', multiple: true },
    write: { type: 'string' },
  },
});
const extent = values.quick ? 'quick' : 'whole';
const page =
  values.write ?? (values.quick ? undefined : join(import.meta.dirname, '../../docs/performance.md'));
const chosen = partNames.filter((name) => values.part === undefined || values.part.includes(name));
if (chosen.length === 0) throw new Error(`--part is one of ${partNames.join(', ')}`);

const parts: Record<PartName, () => Promise<string>> = {
  'data-plane': async () => {
    const result = await measureDataPlane(extent, (text) => console.error(`  ${text}`));
    if (page !== undefined) {
      const chart = join(dirname(page), 'performance', 'cost.svg');
      await mkdir(dirname(chart), { recursive: true });
      await writeFile(chart, costChart(result));
    }
    return pageOf(result, values.quick ? 'npm run bench -- --quick' : 'npm run bench');
  },
  'control-plane': () => printed('control-plane.ts', values.quick ? ['10', '100'] : []),
  changes: () => printed('changes.ts', values.quick ? ['2'] : []),
  statistics: () => printed('statistics.ts', values.quick ? ['100'] : []),
  metrics: () => printed('metrics.ts', values.quick ? ['100'] : []),
};

for (const name of chosen) {
  console.error(`${name} …`);
  const text = await parts[name]();
  console.log(`${text}\n`);
  // After each one: what was run is not lost to the last.
  if (page !== undefined)
    await writeFile(page, withPart(await readFile(page, 'utf8'), `bench: ${name}`, text));
}

/** What another program of the bench prints, as it is. */
async function printed(program: string, sizes: readonly string[]): Promise<string> {
  const words = [
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    join(import.meta.dirname, program),
    ...sizes,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 1024 * 1024 });
  return `\`\`\`\n${stdout.trimEnd()}\n\`\`\``;
}
