import { describe, expect, test } from 'vitest';
import { loadTopology, parseTopology } from './topology.ts';

const GOOD = `description: d
population: { patients: 3, seed: 1 }
hostnames: { apis: apis.lab.example, apps: apps.lab.example }
machines:
  one:
    host: 1
    services:
      - { role: api }
      - { role: cache, port: 1 }
      - { role: platform-service, port: 2 }
      - { role: file-library, port: 3 }
      - { role: monitor-service, port: 4 }
`;

describe('a topology', () => {
  test.each([
    [
      'no such role',
      GOOD.replace('role: cache', 'role: cash'),
      /x\.yaml:9:\d+ machines\.one\.services\.1\.role/,
    ],
    [
      'a missing role',
      GOOD.replace('      - { role: cache, port: 1 }\n', ''),
      /no machine has the role cache/,
    ],
    [
      'an unknown key',
      GOOD.replace('description: d', 'description: d\ncolour: red'),
      /Unrecognized key: "colour"/,
    ],
    ['a host number out of range', GOOD.replace('host: 1', 'host: 300'), /x\.yaml:6:11 machines\.one\.host/],
    [
      'a port out of range',
      GOOD.replace('port: 4', 'port: 70000'),
      /x\.yaml:12:\d+ machines\.one\.services\.4\.port/,
    ],
    ['a real host name', GOOD.replace('apis.lab.example', 'apis.hospital.org'), /ends in \.example/],
    ['equal host names', GOOD.replace('apps.lab', 'apis.lab'), /need different host names/],
    [
      'one address twice',
      `${GOOD}  two: { host: 1, services: [{ role: api }] }\n`,
      /1 is already the address of one/,
    ],
    ['a role twice', GOOD.replace('role: cache, port: 1', 'role: api'), /a role is listed twice/],
    ['broken YAML', `${GOOD}  - x: [`, /x\.yaml:13:\d+ /],
    ['nothing', '', /expected object/],
  ])('with %s is refused at its line', (_what, text, message) => {
    expect(() => parseTopology(text, 'x.yaml')).toThrow(message);
  });

  test('tells all findings at once', () => {
    const bad = GOOD.replace('patients: 3', 'patients: 0').replace('host: 1', 'host: 0');
    expect(() => parseTopology(bad, 'x.yaml')).toThrow(/population\.patients[\s\S]*machines\.one\.host/);
  });

  test('that is good is read with its defaults', () => {
    expect(parseTopology(GOOD, 'x.yaml')).toMatchObject({
      caches: 'replicated',
      machines: { one: { host: 1 } },
    });
  });

  test.each(['recommended', 'minimum', 'minimum-isolated'])('%s comes with the lab', async (name) => {
    expect(Object.keys((await loadTopology(name)).machines)).toContain('api-2');
  });

  test('that does not exist is named', async () => {
    await expect(loadTopology('nowhere')).rejects.toThrow('there is no topology nowhere');
  });
});
