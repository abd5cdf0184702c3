import { prices as general, type Price } from '../../src/model/price.ts';

const { ownMemory, ...ofTraffic } = general;

/** What the product counts with, and what one more site costs besides. In the order of the page. */
export const prices = {
  ...ofTraffic,
  siteMemory: {
    value: 0.5,
    unit: 'MiB',
    of: 'what HAProxy needs for one more site; twice during a reload',
    known: 'measured with 10 and 100 sites',
  },
  ownMemory,
  siteCheck: {
    value: 10,
    unit: 'ms',
    of: 'what one more site adds to `haproxy -c`; a reload takes about twice as long',
    known: 'measured with 100 sites, on a busy machine',
  },
} as const satisfies Record<string, Price>;
