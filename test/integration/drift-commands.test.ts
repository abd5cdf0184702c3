import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DriftRequest } from '../../src/contract/operations.ts';
import type { DriftItem } from '../../src/model/drift.ts';
import { commandLine } from '../harness/command-line.ts';
import { type ServedController, serveController } from '../harness/scripted-controller.ts';

let served: ServedController;
let drift: readonly DriftItem[];
let requests: DriftRequest[];
beforeEach(async () => {
  drift = [
    {
      kind: 'server',
      what: 'api-1 in live-apis has weight 50 and should have 100',
      since: 0,
      adoptable: true,
    },
    { kind: 'files', what: 'haproxy.cfg was edited', since: 0, adoptable: false },
  ];
  requests = [];
  served = await serveController({
    drift: async () => ({ drift }),
    resolveDrift: async (request) => {
      requests.push(request);
      drift = drift.filter(({ adoptable }) => request.action === 'adopt' && !adoptable);
      return { drift };
    },
  });
});
afterEach(() => served.end());

const aorta = (...words: readonly string[]) =>
  commandLine(words, { socket: served.socket, now: () => 65_000 });

test('drift is listed with what can be done about it, and exit code 1', async () => {
  expect(await aorta('drift')).toEqual({
    code: 1,
    out: [
      'server: api-1 in live-apis has weight 50 and should have 100; noticed 65s ago',
      'files: haproxy.cfg was edited; noticed 65s ago; can only be reverted',
      '`aorta drift revert` puts it back as wanted; `aorta drift adopt` keeps what can be kept',
      '',
    ].join('\n'),
    err: '',
  });
  expect(JSON.parse((await aorta('drift', '--json')).out)).toEqual({ drift });
});

test('adopting says what is left, reverting leaves nothing', async () => {
  const adopted = await aorta(
    'drift',
    'adopt',
    '--reason',
    'found so',
    '--author',
    'r.singh',
    '--state',
    'x',
  );
  expect(adopted).toMatchObject({
    code: 1,
    out: expect.stringContaining('cannot become an intent:\nfiles: '),
  });
  expect(await aorta('drift', 'revert', '--json')).toMatchObject({ code: 0, out: '{\n  "drift": []\n}\n' });
  expect(await aorta('drift')).toMatchObject({ code: 0, out: 'none: HAProxy runs what is wanted\n' });
  expect(requests).toEqual([
    { action: 'adopt', author: 'r.singh', reason: 'found so' },
    { action: 'revert', author: 'jdoe' },
  ]);
});
