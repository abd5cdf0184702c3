/**
 * Everything that `docs/performance.md` shows, in one command:
 *
 *     npm run bench                 the whole; writes the page
 *     npm run bench -- --quick      in some minutes which way it goes; prints, and writes nothing
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

const partNames = [
  'data-plane',
  'price',
  'dear',
  'control-plane',
  'changes',
  'statistics',
  'metrics',
  'idle',
] as const;
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

const charts = page === undefined ? undefined : join(dirname(page), 'performance');
if (charts !== undefined) await mkdir(charts, { recursive: true });

const parts: Record<PartName, () => Promise<string>> = {
  'data-plane': async () => {
    const result = await measureDataPlane(extent, (text) => console.error(`  ${text}`));
    if (charts !== undefined) await writeFile(join(charts, 'cost.svg'), costChart(result));
    return pageOf(result, values.quick ? 'npm run bench -- --quick' : 'npm run bench');
  },
  price: async () => [await printed('price.ts'), await printed('parts.ts')].join('\n\n'),
  dear: () => printed('dear.ts', values.quick ? ['--rounds', '2', 'the same', 'key rsa'] : ['--rounds', '5']),
  'control-plane': () =>
    printed('control-plane.ts', [
      ...(charts === undefined ? [] : ['--chart', join(charts, 'control-plane.svg')]),
      ...(values.quick ? ['10', '100'] : []),
    ]),
  changes: () => printed('changes.ts', values.quick ? ['2'] : []),
  statistics: () => printed('statistics.ts', values.quick ? ['100'] : []),
  metrics: () => printed('metrics.ts', values.quick ? ['100'] : []),
  idle: () => printed('idle.ts', values.quick ? ['500'] : []),
};

const began = performance.now();
for (const name of chosen) {
  console.error(`${name}, after ${inMinutes()} …`);
  const text = await parts[name]();
  console.log(`${text}\n`);
  // After each one: what was run is not lost to the last.
  if (page !== undefined)
    await writeFile(page, withPart(await readFile(page, 'utf8'), `bench: ${name}`, text));
}
console.error(`done, after ${inMinutes()}`);

function inMinutes(): string {
  return `${((performance.now() - began) / 60_000).toFixed(1)} min`;
}

/** What another program of the bench prints: Markdown. */
async function printed(program: string, words: readonly string[] = []): Promise<string> {
  const options = ['--disable-warning=ExperimentalWarning', '--expose-gc'];
  const command = [...options, join(import.meta.dirname, program), ...words];
  const running = promisify(execFile)(process.execPath, command, { maxBuffer: 1024 * 1024 });
  running.child.stderr?.pipe(process.stderr);
  return (await running).stdout.trimEnd();
}
