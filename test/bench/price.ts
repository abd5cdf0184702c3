/**
 * What the rendered configuration costs in instructions, system calls and bytes, and what it cost when the baseline was
 * written. `--write` writes it anew, for a commit that says why it may cost more:
 *
 *     node test/bench/price.ts [--write]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { haproxyBranch, measurePrice } from './price/measure-price.ts';
import { dearer, type Price, words } from './price/price.ts';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const file = join(import.meta.dirname, 'price', 'baseline.json');
const baseline = JSON.parse(await readFile(file, 'utf8')) as Record<string, Price>;
const branch = await haproxyBranch();
const { price } = await measurePrice();
const before = baseline[branch];
const names = Object.keys(price) as (keyof Price)[];
console.log(
  alignedTable(
    [`HAProxy ${branch}`, 'now', 'when the baseline was written', 'ratio'],
    names.map((name) => [
      ...[words[name], inFull(price[name])],
      ...(before === undefined ? [] : [inFull(before[name]), (price[name] / before[name]).toFixed(3)]),
    ]),
  ),
);
if (before !== undefined) for (const dear of dearer(price, before)) console.log(`dearer: ${dear}`);
if (values.write) {
  const rounded = Object.fromEntries(
    Object.entries(price).map(([name, value]: [string, number]) => [name, Math.round(value * 10) / 10]),
  );
  await writeFile(file, `${JSON.stringify({ ...baseline, [branch]: rounded }, undefined, 2)}\n`);
}

/** Instructions without a fraction; of system calls there are so few that it counts. */
function inFull(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 1_000 ? 1 : 0 });
}
