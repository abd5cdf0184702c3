import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import {
  addressesOn,
  anchor,
  createPairRig,
  nodeShape,
  processesIn,
  second,
  singleShape,
  sixth,
  untilState,
} from './pair-rig.ts';

test('a node takes its addresses once HAProxy serves, another apply changes nothing, and a stop leaves nothing', async () => {
  const rig = await createPairRig();
  const { room, paths, controller } = rig;
  const shape = nodeShape(paths, [sixth]);
  expect(await controller.do('apply', shape)).toMatchObject({ kind: 'applied', how: 'started' });
  const master = await untilState(rig, 'master');
  expect(master).toMatchObject({
    keepalived: { version: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
    health: { fault: false },
    instances: [
      {
        name: 'main',
        interface: 'front',
        virtualRouterId: 51,
        since: expect.any(Number),
        addresses: [
          { address: anchor, held: true },
          { address: sixth, held: true },
        ],
      },
    ],
  });
  expect(await addressesOn(room, 'front')).toEqual([anchor, sixth]);
  expect(await addressesOn(room, 'lo')).toEqual([anchor, sixth]);
  expect(await room.run('sysctl', '-n', 'net.ipv4.conf.all.arp_ignore')).toBe('1\n');
  expect(await room.run('sysctl', '-n', 'net.ipv4.conf.all.arp_announce')).toBe('2\n');

  expect(await controller.do('apply', shape)).toMatchObject({ kind: 'unchanged' });
  expect(await controller.do('tend')).toBe(true);
  expect(await controller.do('state')).toMatchObject({
    keepalived: master.keepalived,
    watchdog: master.watchdog,
    instances: [{ state: 'master', since: master.instances[0]?.since }],
  });

  await controller.do('stop', 0);
  expect(await addressesOn(room, 'front')).toEqual([]);
  expect(await addressesOn(room, 'lo')).toEqual([]);
  expect(await processesIn(room)).toEqual([]);
  expect(await room.run('ls', paths.directory)).toBe('');
});

test('a change of the addresses leaves those alone that stay, and whatever an administrator added', async () => {
  const rig = await createPairRig();
  const { room, paths, controller } = rig;
  await room.run('ip', 'address', 'add', `${second}/32`, 'dev', 'lo');
  await room.run('ip', 'address', 'add', '10.99.0.1/32', 'dev', 'lo');
  await controller.do('apply', nodeShape(paths, [sixth]));
  const before = await untilState(rig, 'master');
  const log = join(room.directory, 'monitor');
  const monitor = room.spawn('sh', ['-c', `exec ip monitor address > ${log}`]);

  expect(await controller.do('apply', nodeShape(paths, [second]))).toMatchObject({ kind: 'applied' });
  await until('the second address is held', async () =>
    (await addressesOn(room, 'front')).includes(second) ? true : undefined,
  );
  expect(await addressesOn(room, 'front')).toEqual([anchor, second]);
  expect(await addressesOn(room, 'lo')).toEqual([anchor, second, '10.99.0.1'].toSorted());
  expect(await controller.do('state')).toMatchObject({
    keepalived: before.keepalived,
    watchdog: before.watchdog,
    instances: [{ state: 'master' }],
  });

  // A machine that is no node any more.
  const removed = async () =>
    (await room.run('cat', log)).split('\n').filter((line) => line.startsWith('Deleted'));
  expect((await removed()).join('\n')).not.toContain(anchor);
  expect((await removed()).join('\n')).toContain(sixth);
  expect(await controller.do('apply', singleShape)).toMatchObject({ kind: 'applied' });
  expect(await controller.do('state')).toBeUndefined();
  expect(await addressesOn(room, 'front')).toEqual([]);
  expect(await addressesOn(room, 'lo')).toEqual([second, '10.99.0.1'].toSorted());
  expect((await processesIn(room)).filter((line) => !line.includes('haproxy'))).toEqual([]);
  monitor.kill();
});

test('what keepalived refuses, or does not take, is undone, and what ran before goes on', async () => {
  const rig = await createPairRig();
  const { room, paths, controller } = rig;
  const misspelled = (conf: string) => conf.replace('virtual_router_id', 'virtual_rooter_id');
  const refused = { kind: 'refused', stage: 'check', refusals: [{ code: 'keepalived-refused' }, {}] };
  expect(await controller.do('apply', nodeShape(paths, [], misspelled))).toMatchObject(refused);
  expect(await addressesOn(room, 'lo')).toEqual([]);

  // At a first start.
  const broken = { kind: 'rolledBack', stage: 'addresses', reason: { code: 'addresses-failed' } };
  expect(await controller.do('applyBroken', nodeShape(paths))).toMatchObject(broken);
  expect(await processesIn(room)).toEqual([]);
  expect(await addressesOn(room, 'lo')).toEqual([]);

  await controller.do('apply', nodeShape(paths, [sixth]));
  const before = await untilState(rig, 'master');
  expect(await controller.do('apply', nodeShape(paths, [], misspelled))).toMatchObject(refused);
  const undone = await controller.do('applyBroken', nodeShape(paths, [second]));
  expect(undone).toMatchObject(broken);
  expect(undone).not.toHaveProperty('notRestored');
  expect(await controller.do('state')).toMatchObject({
    keepalived: before.keepalived,
    instances: [
      {
        state: 'master',
        addresses: [
          { address: anchor, held: true },
          { address: sixth, held: true },
        ],
      },
    ],
  });
  expect(await addressesOn(room, 'front')).toEqual([anchor, sixth]);
  expect(await addressesOn(room, 'lo')).toEqual([anchor, sixth]);
  expect(await controller.do('tend')).toBe(true);
});

test('a keepalived that dies comes back, and one of somebody else is left alone', async () => {
  const rig = await createPairRig();
  const { room, paths, controller } = rig;
  await room.run('mkdir', '-p', paths.directory);
  const stranger = room.spawn('sleep', ['1000']);
  const pid = await until('the stranger', async () => (await room.run('pgrep', '-x', 'sleep')).trim());
  await room.run('sh', '-c', `chmod 700 ${paths.directory}; echo ${pid} > ${paths.directory}/keepalived.pid`);
  expect(await controller.do('apply', nodeShape(paths))).toMatchObject({ kind: 'applied' });
  const first = await untilState(rig, 'master');

  // Its child gives the addresses up; nothing may wait for it.
  await room.run('kill', '-9', String(first.keepalived?.pid));
  expect(await controller.do('tend')).toBe(false);
  const revived = await untilState(rig, 'master');
  expect(revived.keepalived?.pid).not.toBe(first.keepalived?.pid);
  expect(revived.watchdog).toEqual(first.watchdog);

  // Both: the address stays where nobody carries it.
  await room.run(
    'sh',
    '-c',
    `kill -9 $(cat ${paths.directory}/keepalived-vrrp.pid) ${revived.keepalived?.pid}`,
  );
  expect(await addressesOn(room, 'front')).toEqual([anchor]);
  const conf = nodeShape(paths, [], (text) => text.replace(`${anchor}/32`, `${second}/32`));
  expect(await controller.do('apply', { ...conf, frontends: [] })).toMatchObject({ kind: 'applied' });
  await untilState(rig, 'master');
  expect(await addressesOn(room, 'front')).toEqual([second]);
  expect((await room.run('pgrep', '-x', 'sleep')).trim()).toBe(pid);
  stranger.kill();
});

test('another controller takes keepalived and the watchdog over', async () => {
  const rig = await createPairRig();
  const { paths } = rig;
  await rig.controller.do('apply', nodeShape(paths, [sixth]));
  const before = await untilState(rig, 'master');
  await rig.replaceController();
  expect(await rig.controller.do('tend')).toBe(true);
  expect(await rig.controller.do('apply', nodeShape(paths, [sixth]))).toMatchObject({ kind: 'unchanged' });
  const { keepalived, watchdog } = before;
  const after = await rig.controller.do('state');
  expect(after).toMatchObject({ keepalived, watchdog, instances: before.instances });
});
