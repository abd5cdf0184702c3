import { expect, test } from 'vitest';
import type { Port } from '../model/address.ts';
import type { Configuration, ConfiguredService } from '../model/configuration.ts';
import { adviseNode } from './advise-node.ts';

// Guards: an operator learns before the failover that clients would feel it, and why.

type Part = 'https' | 'table' | 'limit';

function adviceFor(parts: readonly Part[], sharing?: { readonly apiPort?: Port }, pair = true): string[] {
  const service = {
    listeners: [{ protocol: parts.includes('https') ? 'https' : 'http' }],
    pool: { persistence: { type: parts.includes('table') ? 'sourceAddress' : 'none' } },
    ...(parts.includes('limit') ? { limits: { perClient: {} } } : {}),
  } as unknown as ConfiguredService;
  const configuration = {
    virtualServices: [service],
    ...(pair ? { ha: {} } : {}),
  } as unknown as Configuration;
  return [...adviseNode(configuration, sharing)].map(({ what }) => what);
}

const apiPort = 7443 as Port;
const nothing = 'this node has no keys, so it shares no';

test.each<[Part[], string[]]>([
  [[], []],
  [['https'], [`${nothing} keys of TLS tickets`]],
  [['table'], [`${nothing} tables of clients`]],
  [['limit', 'https'], [`${nothing} tables of clients and keys of TLS tickets`]],
])('%j without keys', (parts, expected) => {
  expect(adviceFor(parts)).toEqual(expected);
});

test.each<[Part[], string[]]>([
  [['table'], []],
  [['https'], [expect.stringContaining('does not answer the others')]],
])('%j with keys and without `api`', (parts, expected) => {
  expect(adviceFor(parts, {})).toEqual(expected);
});

test('nothing where all is shared, or there is nobody to share with', () => {
  expect(adviceFor(['https', 'table'], { apiPort })).toEqual([]);
  expect(adviceFor(['https', 'table'], undefined, false)).toEqual([]);
});
