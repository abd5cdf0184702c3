import { afterAll, beforeAll, expect, test } from 'vitest';
import { loopbackAddress } from '../harness/loopback.ts';
import { byStatus, type SourceOptions, startSource } from '../harness/source-load.ts';
import { startThinFront, type ThinFront } from '../harness/thin-front.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream } from '../harness/upstream.ts';

/** Guards: a limit on trial that nobody hears of, or a status that says whom it met. */

let behind: Upstream;
let front: ThinFront;
const sources = [loopbackAddress(), loopbackAddress()];

beforeAll(async () => {
  behind = await startUpstream();
  front = await startThinFront({
    servers: { one: behind },
    service: { limits: { perSource: { requests: 5 }, perClient: { requests: 3, mode: 'enforce' } } },
  });
});
afterAll(async () => {
  await front?.product.stop();
  await behind?.close();
});

async function asked(rest: Pick<SourceOptions, 'from' | 'headers'>): Promise<Record<number, number>> {
  const { address, port } = front.end;
  const load = startSource({ address, port, parallel: 1, total: 8, rest: 0, ...rest });
  await until('the answers', () => (load.answers.length >= 8 ? true : undefined));
  return byStatus(await load.end());
}

test('the status says how many were over a limit, and not who', async () => {
  const quiet = await front.product.run('status');
  expect(quiet.stdout).not.toContain('The limit');
  for (const from of sources) expect(await asked({ from })).toEqual({ 200: 8 });
  const headers = { authorization: 'Bearer opaque-0123456789' };
  expect(await asked({ from: loopbackAddress(), headers })).toEqual({ 200: 3, 429: 5 });

  const { stdout, code } = await front.product.run('status');
  expect(stdout).toContain(
    'The limit perSource would have refused 9 requests of 3 sources in the last minute; it only reports.',
  );
  expect(stdout).toContain('The limit perClient refused 5 requests of 1 client in the last minute.');
  expect(code).toBe(0);
  const said = `${stdout}${(await front.product.run('status', '--json')).stdout}`;
  for (const from of sources) expect(said).not.toContain(from);
  expect(said).not.toContain('opaque');
});
