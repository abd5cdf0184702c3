import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Withdrawal } from './withdrawal.ts';

test('who wants it lasts; what BIRD reads follows from it, also after a restart of the machine', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-withdrawal-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [record, file] = [join(directory, 'record'), join(directory, 'file')];
  const withdrawal = () => new Withdrawal(record, file);
  const by = { author: 'anna', reason: 'new kernel', since: 7 };

  await withdrawal().write(by);
  expect(await withdrawal().read()).toEqual(by);
  expect(readFileSync(file, 'utf8')).toContain('disabled yes');
  expect(withdrawal().isShown).toBe(true);

  // The directory of what runs is gone after a restart.
  rmSync(file);
  expect(withdrawal().isShown).toBe(false);
  await withdrawal().show();
  expect(readFileSync(file, 'utf8')).toContain('disabled yes');

  await withdrawal().end();
  expect([await withdrawal().read(), existsSync(file)]).toEqual([undefined, false]);
});
