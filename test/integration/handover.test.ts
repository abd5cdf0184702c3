import { expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import {
  addressesOn,
  anchor,
  createPairRig,
  nodeShape,
  type PairRig,
  sixth,
  untilState,
} from './pair-rig.ts';

/** Guards what one node does when addresses are moved on purpose, also when nobody takes them or its controller dies. */
const routes = [{ addresses: [anchor, sixth], owner: ['10.77.0.12', 'fe80::12'] }];

async function rigInService(adjust?: (conf: string) => string): Promise<PairRig> {
  const rig = await createPairRig();
  const shape = nodeShape(rig.paths, [sixth], adjust);
  expect(await rig.controller.do('apply', shape)).toMatchObject({ kind: 'applied' });
  await untilState(rig, 'master');
  return rig;
}

const rules = ({ room }: PairRig) => room.run('nft', 'list', 'ruleset');

test('what strays in is sent on by rules of both families, until that is ended or the time is over', async () => {
  const rig = await rigInService();
  const { controller } = rig;
  expect(await rules(rig)).toBe('');
  await controller.do('passOn', routes, 600_000);
  const loaded = await rules(rig);
  expect(loaded).toContain('table ip aorta_handover');
  expect(loaded).toContain('table ip6 aorta_handover');
  expect(loaded).toMatch(new RegExp(`ip daddr ${anchor} .*dup to 10\\.77\\.0\\.12 device "front" drop`));
  expect(loaded).toMatch(new RegExp(`ip6 daddr ${sixth} .*dup to fe80::12 device "front" drop`));

  // Once more replaces it, in one step; the other family has nothing to say then.
  await controller.do('passOn', [{ addresses: [anchor], owner: ['10.77.0.13'] }], 600_000);
  const replaced = await rules(rig);
  expect(replaced).toContain('dup to 10.77.0.13');
  expect(replaced).not.toContain('10.77.0.12');
  expect(replaced).not.toContain('ip6');
  // An apply or the watchman in the middle does not end it.
  await controller.do('apply', nodeShape(rig.paths, [sixth]));
  expect(await controller.do('tend')).toBe(true);
  expect(await rules(rig)).toContain('10.77.0.13');

  await controller.do('stopPassingOn');
  expect(await rules(rig)).toBe('');
  await controller.do('stopPassingOn');

  await controller.do('passOn', routes, 300);
  await until('the time is over', async () => ((await rules(rig)) === '' ? true : undefined));
});

test('without an address to send to, nothing is loaded', async () => {
  const rig = await rigInService();
  const onlyFour = [{ addresses: [anchor, sixth], owner: ['10.77.0.12'] }];
  await expect(rig.controller.do('passOn', onlyFour, 1_000)).rejects.toThrow('has no IPv6 address');
  expect(await rules(rig)).toBe('');
});

test('what a killed controller left is taken away by the next', async () => {
  const rig = await rigInService();
  await rig.controller.do('passOn', routes, 600_000);
  await rig.controller.do('write', `${rig.paths.groupFiles}main`, '9\n');
  await untilState(rig, 'fault');
  await rig.replaceController();
  expect(await rules(rig)).not.toBe('');
  expect(await rig.controller.do('tend')).toBe(false);
  expect(await rules(rig)).toBe('');
  expect((await untilState(rig, 'master')).instances[0]?.givesUpSince).toBeUndefined();
});

test('addresses that nobody takes come back by themselves; all of it is remembered, also by the next controller', async () => {
  const rig = await rigInService();
  // Addresses that are held for less than the 50 ms between two looks of the watchdog are not seen.
  await until('the first move is known', async () =>
    (await rig.controller.do('state'))?.moves.length === 1 ? true : undefined,
  );
  await rig.controller.do('noteMove', { kind: 'give', author: 'jdoe', reason: 'new kernel' });
  expect(await rig.controller.do('giveUp')).toBeLessThan(2_000);
  expect((await untilState(rig, 'master')).instances[0]?.givesUpSince).toBeUndefined();
  expect(await addressesOn(rig.room, 'front')).toEqual([anchor, sixth]);
  await rig.controller.do('remember', { author: 'jdoe', moves: 2, sent: 10, failed: 0, longestGap: 60 });
  await rig.replaceController();
  const known = await until('the third move is known', async () => {
    const state = await rig.controller.do('state');
    return state?.moves.length === 3 ? state : undefined;
  });
  const cause = { kind: 'handover', author: 'jdoe', reason: 'new kernel' };
  expect(known.moves).toMatchObject([{ kind: 'came' }, { kind: 'left', cause }, { kind: 'came' }]);
  expect(known.moves.every(({ at, before = 0 }) => at - before < 2_000)).toBe(true);
  expect(known.rehearsal).toMatchObject({ author: 'jdoe', sent: 10, longestGap: 60 });
  await rig.controller.do('stop', 0);
  const kept = await rig.room.run('cat', `${rig.state}/moves`);
  expect(JSON.parse(kept.trim().split('\n').at(-1) ?? '')).toMatchObject({
    ...{ kind: 'left', cause: { kind: 'ended' } },
  });
});

test('a node that left a group is wanted less, whatever is started anew, until it comes back', async () => {
  const rig = await rigInService((conf) => conf.replace('  nopreempt\n', ''));
  const { room } = rig;
  const group = async (wanted: number) =>
    await until(`the priority is ${wanted}`, async () => {
      const [seen] = (await rig.controller.do('state'))?.instances ?? [];
      return seen?.priority === wanted && seen.state === 'master' ? seen : undefined;
    });
  const away = { since: 7, author: 'anna', reason: 'new kernel' };
  await rig.controller.do('leave', away);
  expect((await group(224)).away).toEqual(away);
  expect(await rig.controller.do('giveUp')).toBeLessThan(2_000);
  expect((await group(224)).away).toEqual(away);
  // To make way for a moment is more than nothing, and not more than that.
  await rig.controller.do('makeWay', 60_000);
  await group(224);
  await rig.controller.do('stop', 0);
  expect(await room.run('ls', rig.paths.directory)).toBe('');
  await rig.replaceController();
  await rig.controller.do(
    'apply',
    nodeShape(rig.paths, [], (conf) => conf.replace('  nopreempt\n', '')),
  );
  expect((await group(224)).away).toEqual(away);
  expect(await rig.controller.do('tend')).toBe(true);
  await rig.controller.do('comeBack');
  expect((await group(254)).away).toBeUndefined();
  await rig.controller.do('makeWay', 300);
  await group(224);
  await group(254);
  // Somebody's hand is put right.
  await rig.controller.do('write', `${rig.paths.groupFiles}main`, '1\n');
  await group(224);
  expect(await rig.controller.do('tend')).toBe(false);
  await group(254);
});

test('a stop takes the rules away', async () => {
  const rig = await rigInService();
  await rig.controller.do('passOn', routes, 600_000);
  await rig.controller.do('stop', 0);
  expect(await rules(rig)).toBe('');
  expect(await rig.room.run('ls', rig.paths.directory)).toBe('');
});
