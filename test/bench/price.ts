/**
 * What the rendered configuration costs in instructions, system calls and bytes, and what it cost when the baseline was
 * written. `--write` writes it anew, for a commit that says why it may cost more:
 *
 *     node test/bench/price.ts [--write]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { haproxyBranch, measurePrice } from './price/measure-price.ts';
import { dearer, type Price } from './price/price.ts';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const file = join(import.meta.dirname, 'price', 'baseline.json');
const baseline = JSON.parse(await readFile(file, 'utf8')) as Record<string, Price>;
const branch = await haproxyBranch();
const { price } = await measurePrice();
console.log(branch, price);
const before = baseline[branch];
if (before !== undefined) {
  for (const name of Object.keys(price) as (keyof Price)[])
    console.log(`${name}: ${(price[name] / before[name]).toFixed(3)} times what it was`);
  for (const words of dearer(price, before)) console.log(`dearer: ${words}`);
}
if (values.write) {
  const rounded = Object.fromEntries(
    Object.entries(price).map(([name, value]: [string, number]) => [name, Math.round(value * 10) / 10]),
  );
  await writeFile(file, `${JSON.stringify({ ...baseline, [branch]: rounded }, undefined, 2)}\n`);
}
