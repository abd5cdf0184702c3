import { expect, test } from 'vitest';
import { drain, estate, host, intent, maintenance, server, weight } from '../compile/estate-fixture.ts';
import { intentsEndedBy, resolveTarget, serversOf, withIntent } from './intents.ts';

function failureOf(...question: Parameters<typeof resolveTarget>) {
  const resolved = resolveTarget(...question);
  if (resolved.ok) throw new Error('resolved');
  const { code, message, mend } = resolved.error;
  return { code, message, mend };
}

test('an unknown target is refused with the names there are', () => {
  expect(failureOf('api-3', undefined, estate)).toEqual({
    code: 'unknown-target',
    message: 'no host and no server is named "api-3"',
    mend: 'use one of the hosts: api-1, api-2; servers: spare',
  });
});

test('a host behind no service is refused, and the refusal says what it is', () => {
  expect(failureOf('files-1', undefined, estate)).toMatchObject({
    code: 'unknown-target',
    message: 'files-1 is a host behind no service (file-library), so there is nothing to take out',
  });
});

test('an unknown service, and a server that is in another service, are refused', () => {
  expect(failureOf('api-1', 'live', estate)).toEqual({
    code: 'unknown-target',
    message: 'no service is named "live"',
    mend: 'use one of the services: live-apis, live-apps',
  });
  expect(failureOf('spare', 'live-apps', estate)).toEqual({
    code: 'unknown-target',
    message: 'the service live-apps has no server "spare"',
    mend: 'use one of the servers: api-1, api-2',
  });
});

test('a name is a host first, and a server of one service when that is named', () => {
  expect(resolveTarget('api-1', undefined, estate)).toEqual({ ok: true, value: host('api-1') });
  expect(resolveTarget('spare', undefined, estate)).toEqual({ ok: true, value: server('spare') });
  expect(resolveTarget('api-1', 'live-apps', estate)).toEqual({
    ok: true,
    value: server('api-1', 'live-apps'),
  });
});

test('the name of a machine will do for its only server in a service', () => {
  const [first, ...others] = estate.virtualServices;
  if (first === undefined) throw new Error('no service');
  const servers = first.pool.servers.map((one) =>
    one.name === 'api-1' ? { ...one, name: 'one' as never } : one,
  );
  const renamed = { ...estate, virtualServices: [{ ...first, pool: { ...first.pool, servers } }, ...others] };
  expect(resolveTarget('api-1', 'live-apis', renamed)).toEqual({
    ok: true,
    value: server('one', 'live-apis'),
  });
});

test('a host means its servers in every service', () => {
  expect(serversOf(host('api-1'), estate)).toEqual([
    { service: 'live-apis', server: 'api-1' },
    { service: 'live-apps', server: 'api-1' },
  ]);
  expect(serversOf(server('api-1', 'live-apps'), estate)).toEqual([
    { service: 'live-apps', server: 'api-1' },
  ]);
  expect(serversOf(host('gone'), estate)).toEqual([]);
});

test('the same wish about the same target replaces the earlier one, and only that', () => {
  const others = [
    intent(1, maintenance, host('api-1')),
    intent(2, drain, host('api-2')),
    intent(3, drain, server('api-1')),
  ];
  const again = intent(5, drain, host('api-1'), { reason: 'another try', until: 9_000 });
  expect(withIntent([...others, intent(4, drain, host('api-1'))], again)).toEqual([...others, again]);
  expect(withIntent([intent(1, weight(10), host('api-1'))], intent(2, weight(50), host('api-1')))).toEqual([
    intent(2, weight(50), host('api-1')),
  ]);
});

test('enabling one server of a host that is out is refused, and the refusal says what to do', () => {
  const intents = [intent(7, drain, host('api-1')), intent(8, drain, server('api-1', 'live-apis'))];
  const ended = intentsEndedBy({ target: 'api-1', service: 'live-apis' }, estate, intents);
  if (ended.ok) throw new Error('enabled');
  expect(ended.error).toMatchObject({
    code: 'wider-intent',
    message: 'api-1 is out because of intent 7 about the host api-1 (m.jones: patching)',
    mend: 'end that one: `aorta enable api-1`',
  });
});

test('a weight of the host does not keep one of its servers from being enabled', () => {
  const intents = [intent(1, weight(10), host('api-1')), intent(2, drain, server('api-1', 'live-apis'))];
  expect(intentsEndedBy({ target: 'api-1', service: 'live-apis' }, estate, intents)).toEqual({
    ok: true,
    value: [intents[1]],
  });
});

test('enabling a host ends what is about it and about its servers, and nothing else', () => {
  const mine = [
    intent(1, drain, host('api-1')),
    intent(2, maintenance, server('api-1')),
    intent(3, weight(1), server('api-1', 'live-apps')),
  ];
  const others = [intent(4, drain, host('api-2')), intent(5, drain, server('spare'))];
  expect(intentsEndedBy({ target: 'api-1' }, estate, [...mine, ...others])).toEqual({
    ok: true,
    value: mine,
  });
});

test('enabling what is not out ends nothing', () => {
  expect(intentsEndedBy({ target: 'api-2' }, estate, [intent(1, drain, host('api-1'))])).toEqual({
    ok: true,
    value: [],
  });
});

test('an intent about what is no longer declared can be ended by its name', () => {
  const gone = [intent(1, drain, host('api-9')), intent(2, drain, server('old', 'live-apis'))];
  expect(intentsEndedBy({ target: 'api-9' }, estate, gone)).toEqual({ ok: true, value: [gone[0]] });
  expect(intentsEndedBy({ target: 'old', service: 'live-apis' }, estate, gone)).toEqual({
    ok: true,
    value: [gone[1]],
  });
  expect(intentsEndedBy({ target: 'old', service: 'live-apps' }, estate, gone).ok).toBe(false);
});
