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
import { haproxyBinaries } from '../../scripts/haproxy3.ts';
import { branchOf, measurePrice } from './price/measure-price.ts';
import { dearer, type Price, words } from './price/price.ts';

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const file = join(import.meta.dirname, 'price', 'baseline.json');
const baseline = JSON.parse(await readFile(file, 'utf8')) as Record<string, Price>;
const now: Record<string, Price> = {};
for (const binary of await haproxyBinaries()) now[branchOf(binary)] = (await measurePrice(binary)).price;
const branches = Object.keys(now);
console.log(
  alignedTable(
    ['', ...branches.flatMap((branch) => [`HAProxy ${branch}`, 'by the baseline'])],
    (Object.keys(words) as (keyof Price)[]).map((name) => [
      words[name],
      ...branches.flatMap((branch) => {
        const [price, before] = [now[branch]?.[name] ?? Number.NaN, baseline[branch]?.[name]];
        return [inFull(price), before === undefined ? '' : (price / before).toFixed(3)];
      }),
    ]),
  ),
);
for (const [branch, price] of Object.entries(now)) {
  const before = baseline[branch];
  if (before !== undefined)
    for (const dear of dearer(price, before)) console.log(`dearer, ${branch}: ${dear}`);
}
if (values.write) {
  const rounded = Object.entries(now).map(([branch, price]) => [branch, roundedTo(price)]);
  const text = JSON.stringify({ ...baseline, ...Object.fromEntries(rounded) }, undefined, 2);
  await writeFile(file, `${text}\n`);
}

function roundedTo(price: Price): Record<string, number> {
  return Object.fromEntries(
    Object.entries(price).map(([name, value]) => [name, Math.round(value * 10) / 10]),
  );
}

/** Instructions without a fraction; of system calls there are so few that it counts. */
function inFull(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 1_000 ? 1 : 0 });
}
