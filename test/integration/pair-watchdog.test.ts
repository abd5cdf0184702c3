import { expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { addressesOn, anchor, createPairRig, nodeShape, type PairRig, untilState } from './pair-rig.ts';

/** So many times each fault is measured: the machine may be busy with other tests, so that one alone says little. */
const times = 5;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function words(numbers: readonly number[]): string {
  return numbers.map((one) => `${Math.round(one)}`).join(', ');
}

/** A node in service, and its addresses with it. */
async function startNode(): Promise<PairRig> {
  const rig = await createPairRig();
  const outcome = await rig.controller.do('apply', nodeShape(rig.paths));
  expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'applied' });
  await untilState(rig, 'master');
  return rig;
}

async function untilHealth({ room, paths }: PairRig, says: '0' | '1'): Promise<void> {
  await until(`the health file says ${says}`, async () =>
    (await room.run('cat', paths.healthFile)).trim() === says ? true : undefined,
  );
}

test('a HAProxy that is killed is unfit at once, and fit again when it was started again', async () => {
  const rig = await startNode();
  const { room, paths, controller } = rig;
  const took: number[] = [];
  for (let count = 0; count < times; count += 1) {
    took.push(await controller.do('hurt', 'SIGKILL', '1'));
    if (count === 0) {
      await untilState(rig, 'fault');
      expect(await addressesOn(room, 'front')).toEqual([]);
      expect(await addressesOn(room, 'lo')).toEqual([anchor]);
    }
    expect(await controller.do('apply', nodeShape(paths))).toMatchObject({ kind: 'applied', how: 'started' });
    await untilHealth(rig, '0');
  }
  await untilState(rig, 'master');
  console.log(`worker killed: the health file said 1 after ${words(took)} ms`);
  expect(median(took)).toBeLessThan(250);
});

test('a HAProxy that hangs is unfit within a second, and fit again when it goes on', async () => {
  const rig = await startNode();
  const { controller } = rig;
  const [hung, well]: [number[], number[]] = [[], []];
  for (let count = 0; count < times; count += 1) {
    hung.push(await controller.do('hurt', 'SIGSTOP', '1'));
    if (count === 0) await untilState(rig, 'fault');
    well.push(await controller.do('hurt', 'SIGCONT', '0'));
  }
  await untilState(rig, 'master');
  console.log(`worker stopped: 1 after ${words(hung)} ms; continued: 0 after ${words(well)} ms`);
  expect(median(hung)).toBeLessThan(1_000);
});

test('reloads are no fault, and no worker waits for the watchdog to end', async () => {
  const rig = await startNode();
  expect(await rig.controller.do('reload', 10)).toEqual(['0']);
  expect(await rig.room.run('cat', `${rig.state}/log/watchdog.log`)).not.toContain('unfit');
  await until('the old workers have ended', async () => {
    const workers = await rig.room.run('pgrep', '-c', '-x', 'haproxy');
    return workers.trim() === '2' ? true : undefined;
  });
});

test('a disk that is full does not keep the addresses on a node whose HAProxy is dead', async () => {
  const rig = await startNode();
  const { room, controller } = rig;
  await room.run('sh', '-c', `dd if=/dev/zero of=${room.directory}/filling bs=64k 2> /dev/null || true`);
  await room.run('sh', '-c', `! echo more > ${room.directory}/more`);
  await controller.do('hurt', 'SIGKILL', '1');
  await untilState(rig, 'fault');
  expect(await addressesOn(room, 'front')).toEqual([]);
});

test('a machine that stands still for two seconds is no fault', async () => {
  // Guards: a virtual machine that is moved or saved would lose its addresses for nothing.
  const rig = await startNode();
  const { room, paths, controller } = rig;
  const { workerPid } = (await controller.do('instance')) ?? {};
  const watchdog = await room.run('cat', `${paths.directory}/watchdog.pid`);
  const both = [String(workerPid), watchdog.trim()];
  for (let stall = 0; stall < 2; stall += 1) {
    await room.run('kill', '-STOP', ...both);
    await room.run('sleep', '2');
    await room.run('kill', '-CONT', ...both);
    await room.run('sleep', '0.5');
  }
  expect(await room.run('cat', `${rig.state}/log/watchdog.log`)).not.toContain('unfit');
});

test('a watchdog that died is started again, and goes on with what it had said', async () => {
  const rig = await startNode();
  const { room, paths, controller } = rig;
  const { watchdog, keepalived } = await untilState(rig, 'master');
  await controller.do('hurt', 'SIGSTOP', '1');
  await room.run('kill', '-9', String(watchdog?.pid));
  expect(await controller.do('tend')).toBe(false);
  const after = await controller.do('state');
  expect(after?.watchdog?.pid).not.toBe(watchdog?.pid);
  expect(after).toMatchObject({ keepalived, health: { fault: true } });
  await controller.do('hurt', 'SIGCONT', '0');

  // What it costs.
  const memory = await room.run('cat', `/proc/${after?.watchdog?.pid}/status`);
  const clock = async () => {
    const stat = await room.run('cat', `/proc/${after?.watchdog?.pid}/stat`);
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
    return (user ?? 0) + (system ?? 0);
  };
  const before = await clock();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(memory)?.[1]);
  console.log(
    `watchdog: ${kilobytes('VmRSS')} kB resident, ${kilobytes('RssAnon')} kB its own, ${((await clock()) - before) / 2} % of a processor`,
  );
  expect(kilobytes('RssAnon')).toBeLessThan(40_000);

  // Nobody wants it any more when its pid file is another one's, or gone.
  await controller.do('write', `${paths.directory}/watchdog.pid`, '1\n');
  await until('it has ended', async () =>
    (await room.run('sh', '-c', `kill -0 ${after?.watchdog?.pid} 2>&1 || true`)) === '' ? undefined : true,
  );
});
