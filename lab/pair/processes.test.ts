// Guards that a fault hits the program that a scenario names, and no other on the same node.
import { describe, expect, test } from 'vitest';
import { VIRTUAL } from './addresses.ts';
import { parseMonitor } from './holdings.ts';
import { processesOf, programOf, type RunningProcess } from './processes.ts';

const running = (pid: number, parent: number, name: string, ...words: string[]): RunningProcess => ({
  pid,
  parent,
  name,
  words: words.length > 0 ? words : [name],
});
const all = [
  running(1, 0, 'sh'),
  running(2, 1, 'sleep'),
  running(10, 1, 'haproxy'),
  running(11, 10, 'haproxy'),
  running(12, 10, 'haproxy'),
  running(20, 1, 'keepalived'),
  running(21, 20, 'keepalived_vrrp'),
  running(30, 1, 'node', '/usr/bin/node', '/opt/aorta/src/main.ts', 'up', 'a.yaml'),
  running(31, 1, 'node', '/usr/bin/node', '/opt/aorta/src/main.ts', 'status', '--watch'),
];
const pids = (program: Parameters<typeof programOf>[1]) => programOf(all, program).map(({ pid }) => pid);

const virtual = [VIRTUAL.apis, VIRTUAL.apps];

describe('the processes of a program', () => {
  test('are those of its name', () => {
    expect(pids('haproxy')).toEqual([10, 11, 12]);
    expect(pids('keepalived')).toEqual([20, 21]);
  });
  test('of HAProxy without the master are what carries the traffic', () => {
    expect(pids('haproxy-worker')).toEqual([11, 12]);
  });
  test('of the product are the controller, and not a command', () => {
    expect(pids('controller')).toEqual([30]);
  });
  test('are read from the kernel', () => {
    const own = processesOf(process.pid).find(({ pid }) => pid === process.pid);
    expect(own).toMatchObject({ parent: process.ppid });
    expect(own?.words[0]).toContain('node');
    expect(processesOf(2 ** 22 + 1)).toEqual([]);
  });
});

describe('a line of the monitor', () => {
  const line = (text: string) => `${text} scope global front\\       valid_lft forever preferred_lft forever`;
  test('tells that a virtual address came or left', () => {
    expect(parseMonitor(line('2: front    inet 10.77.0.10/32'), virtual)).toEqual({
      address: '10.77.0.10',
      holds: true,
    });
    expect(parseMonitor(line('Deleted 2: front    inet6 fd77::11/128'), virtual)).toEqual({
      address: 'fd77::11',
      holds: false,
    });
  });
  test('about another address or another interface tells nothing', () => {
    // On the loopback interface every node has them, all the time.
    expect(
      parseMonitor('1: lo    inet 10.77.0.10/32 scope global lo\\       valid_lft forever', virtual),
    ).toBeUndefined();
    expect(parseMonitor(line('2: front    inet 10.77.0.2/16'), virtual)).toBeUndefined();
    expect(parseMonitor('', virtual)).toBeUndefined();
  });
});
