import { expect, test } from 'vitest';
import type { AddressState, DataPlane } from '../../dataplane/port.ts';
import { Failure } from '../../kernel/failure.ts';
import { holdsAddresses } from './shared-examination.ts';

const holding = (...held: readonly boolean[]): AddressState => ({
  ownAddresses: [],
  moves: [],
  instances: [
    {
      name: 'main',
      interface: 'front',
      virtualRouterId: 51,
      addresses: held.map((one, index) => ({ address: `10.20.0.${index}`, held: one })),
    },
  ],
});

const asked = (state: () => Promise<AddressState | undefined>) =>
  holdsAddresses({ addresses: { state } } as unknown as DataPlane);

test('a node holds addresses when the kernel says so of one, whatever keepalived thinks', async () => {
  expect(await asked(() => Promise.resolve(holding(false, true)))).toBe(true);
  expect(await asked(() => Promise.resolve(holding(false, false)))).toBe(false);
  expect(await asked(() => Promise.resolve(undefined))).toBe(false);
});

test('when nobody can say, it is taken for one without; a bug is not', async () => {
  expect(await asked(() => Promise.reject(new Failure('addresses-failed', 'x', 'y')))).toBe(false);
  await expect(asked(() => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
});
