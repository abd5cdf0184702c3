import { expect, test } from 'vitest';
import { compiled, estate } from '../compile/estate-fixture.ts';
import { deepFreeze } from '../kernel/freeze.ts';
import type { Configuration } from '../model/configuration.ts';
import { render } from '../render/render.ts';
import { withKeptParts } from './kept-parts.ts';

const before = deepFreeze(structuredClone(estate));

/** As it comes when a declaration is read anew: equal, and no object the same. */
function readAnew(change: (service: Configuration['virtualServices'][number]) => object = () => ({})) {
  const { virtualServices, ...rest } = structuredClone(estate);
  return deepFreeze({
    ...rest,
    virtualServices: virtualServices.map((service) => ({ ...service, ...change(service) })),
  });
}

test('what says the same stays the same object, in its own order', () => {
  const next = withKeptParts(before, readAnew());
  expect(next).toEqual(before);
  expect(next.virtualServices.every((service, index) => service === before.virtualServices[index])).toBe(
    true,
  );
  expect(compiled([], next).frontends.every((one) => compiled([], before).frontends.includes(one))).toBe(
    true,
  );
});

test('what says something else is taken as it is, and everything else is as if compiled anew', () => {
  const name = before.virtualServices[0]?.name;
  const read = readAnew((service) => (service.name === name ? { maxConnections: 77 } : {}));
  const next = withKeptParts(before, read);
  const changed = next.virtualServices.filter((service) => !before.virtualServices.includes(service));
  expect(changed.map((service) => service.name)).toEqual([name]);
  expect(changed[0]?.maxConnections).toBe(77);
  expect(render(compiled([], next))).toEqual(render(compiled([], structuredClone(read))));
});

test('what is no longer there is not kept', () => {
  const read = readAnew();
  const next = withKeptParts(before, { ...read, virtualServices: read.virtualServices.slice(1) });
  expect(next.virtualServices).toHaveLength(before.virtualServices.length - 1);
});
