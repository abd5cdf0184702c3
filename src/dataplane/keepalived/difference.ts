import type { KeepalivedOutline } from './outline.ts';
import type { DumpedInstance } from './vrrp-dump.ts';

const settings = [
  ['interface', 'interface'],
  ['virtualRouterId', 'virtual router id'],
  ['priority', 'priority'],
] as const;

/** What a running keepalived does not have as its file says; undefined when all is there. */
export function difference(wanted: KeepalivedOutline, dumped: readonly DumpedInstance[]): string | undefined {
  const found = new Map(dumped.map((instance) => [instance.name, instance]));
  for (const instance of wanted.instances) {
    const has = found.get(instance.name);
    if (has === undefined) return `the instance ${instance.name} is not there`;
    for (const [key, word] of settings) {
      if (has[key] !== instance[key]) return `the ${word} of ${instance.name} is still ${has[key]}`;
    }
    const held = new Set(has.addresses);
    const missing = instance.addresses.find(({ address }) => !held.has(address));
    if (missing !== undefined) return `${instance.name} does not have ${missing.address}`;
    const expected = new Set(instance.addresses.map(({ address }) => address));
    const surplus = has.addresses.find((address) => !expected.has(address));
    if (surplus !== undefined) return `${instance.name} still has ${surplus}`;
    found.delete(instance.name);
  }
  const [surplus] = found.keys();
  return surplus === undefined ? undefined : `the instance ${surplus} is still there`;
}
