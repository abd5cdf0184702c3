import { expect, test } from 'vitest';
import { compiled, drain, estate, host, intent, server, weight } from '../../src/compile/estate-fixture.ts';
import { deepFreeze } from '../../src/kernel/freeze.ts';
import { render } from '../../src/render/render.ts';

const configuration = deepFreeze(structuredClone(estate));

test('what an intent is not about stays the same object, and the rest is as if compiled anew', () => {
  const before = compiled([], configuration);
  const intents = [intent(1, drain, server('api-1', 'live-apis'))];
  const after = compiled(intents, configuration);
  expect(after).toEqual(compiled(intents, structuredClone(configuration)));
  const same = after.backends.filter((backend) => before.backends.includes(backend));
  expect(same.map(({ name }) => name)).toEqual(
    before.backends.map(({ name }) => name).filter((name) => name !== 'live-apis.servers'),
  );
  expect(after.frontends.every((frontend) => before.frontends.includes(frontend))).toBe(true);
});

test('an intent that ends, or says something else, leaves nothing behind', () => {
  const before = compiled([], configuration);
  for (const wish of [drain, weight(7), weight(8), weight(0)]) {
    const intents = [intent(1, wish, host('api-1'))];
    const fresh = compiled(intents, structuredClone(configuration));
    expect(compiled(intents, configuration)).toEqual(fresh);
    expect(render(compiled(intents, configuration))).toEqual(render(fresh));
  }
  expect(compiled([], configuration)).toEqual(before);
});
