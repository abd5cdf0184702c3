// What Aorta renders must not become dearer for the traffic without anybody noticing: every rule is paid by every request.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { haproxyBinaries } from '../../../scripts/haproxy3.ts';
import { branchOf, type Measured, measurePrice } from './measure-price.ts';
import { dearer, type Price } from './price.ts';

/** What somebody might think is cheap. */
const twentyRules = Array.from(
  { length: 20 },
  (_, index) => `    http-request set-header X-Planted-${index} %[src] if { path_beg /v1/uscore }\n`,
).join('');

const file = join(import.meta.dirname, 'baseline.json');
const baseline = JSON.parse(await readFile(file, 'utf8')) as Record<string, Price>;

describe.each(await haproxyBinaries())('HAProxy $version', (binary) => {
  let before: Price;
  let now: Measured;
  beforeAll(async () => {
    const branch = branchOf(binary);
    const known = baseline[branch];
    if (known === undefined)
      throw new Error(`no baseline for HAProxy ${branch}: \`node test/bench/price.ts --write\` writes it`);
    before = known;
    now = await measurePrice(binary, twentyRules);
  }, 240_000);

  test('nothing is dearer than it was', () => {
    // When it has to be: `node test/bench/price.ts --write`, and the why in the commit.
    expect(dearer(now.price, before)).toEqual([]);
  });

  test('twenty rules would be noticed', () => {
    const planted = { ...now.price, readInstructions: now.planted ?? Number.NaN };
    expect(dearer(planted, before)).toEqual([expect.stringContaining('readInstructions')]);
  });
});
