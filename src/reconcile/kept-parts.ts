import { alike } from '../kernel/alike.ts';
import type { Configuration } from '../model/configuration.ts';

/**
 * A configuration with the very same objects for what says the same in the one before: what was made of these (proxies,
 * lines, files) is then made of them no second time. See `remembered`.
 */
export function withKeptParts(before: Configuration | undefined, next: Configuration): Configuration {
  if (before === undefined) return next;
  return Object.freeze({
    ...next,
    hosts: kept(before.hosts, next.hosts),
    authorities: kept(before.authorities, next.authorities),
    certificates: kept(before.certificates, next.certificates),
    virtualServices: kept(before.virtualServices, next.virtualServices),
  });
}

function kept<T extends { readonly name: string }>(before: readonly T[], next: readonly T[]): readonly T[] {
  const known = new Map(before.map((one) => [one.name, one]));
  return Object.freeze(
    next.map((one) => {
      const earlier = known.get(one.name);
      return earlier !== undefined && alike(earlier, one) ? earlier : one;
    }),
  );
}
