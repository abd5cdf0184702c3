import type { ConfiguredHa } from '../../src/model/configuration.ts';
import { address, name } from './configurations.ts';
import { group, nodes, type PairCase, pair } from './pairs.ts';

function routers(places: Readonly<Record<string, string>>) {
  return Object.entries(places).map(([router, place], index) => ({
    name: name(router),
    path: ['ha', 'announce', 'routers', router],
    address: address(place),
    as: 65_001 + index,
  }));
}

function announce(places: Readonly<Record<string, string>>, bfd = true): ConfiguredHa['announce'] & object {
  return { path: ['ha', 'announce'], localAs: 65_010, routers: routers(places), bfd };
}

const main = group('main', 51, ['10.20.0.10', '10.20.0.11']);
const both = announce({ 'core-1': '10.20.0.1', 'core-2': '10.20.0.254' });
const sixth = {
  nodes: nodes({ 'lb-a': '2001:db8::2', 'lb-b': '2001:db8::3' }),
  groups: [group('main', 51, ['2001:db8:1::10'])],
  announce: announce({ core: '2001:db8::1' }),
};

/** Small cases, one for each thing that bird.conf can say. */
export const announcements: Readonly<Record<string, PairCase>> = {
  'two-routers.lb-a': pair('lb-a', { groups: [main], announce: both }),
  'two-routers.lb-b': pair('lb-b', { groups: [main], announce: both }),
  'vm-safe.lb-a': pair('lb-a', {
    groups: [main],
    profile: 'vm-safe',
    announce: announce({ core: '10.20.0.1' }),
  }),
  'without-bfd.lb-a': pair('lb-a', { groups: [main], announce: announce({ core: '10.20.0.1' }, false) }),
  'two-families.lb-a': pair('lb-a', {
    groups: [group('main', 51, ['10.20.0.10', '2001:db8:1::10'])],
    announce: announce({ core: '10.20.0.1', 'core-6': '2001:db8::1' }),
  }),
  'ipv6.lb-a': pair('lb-a', sixth),
  'ipv6.lb-b': pair('lb-b', sixth),
};
