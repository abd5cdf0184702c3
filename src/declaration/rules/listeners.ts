import type { Finding } from '../../kernel/diagnostic.ts';
import { formatPath, type Path } from '../../kernel/path.ts';
import { type Address, isIpv6, isWildcard } from '../../model/address.ts';
import type { Draft } from '../draft.ts';
import { sound } from './rule.ts';

interface Place {
  readonly address: Address;
  readonly path: Path;
}

/** No two listeners may bind the same address and port, and a redirect needs somewhere to send clients. */
export function* listeners(draft: Draft): Generator<Finding> {
  const byPort = new Map<string, Place[]>();
  for (const { path, value } of sound(draft.virtualServices)) {
    const https = value.listeners.some((listener) => listener.protocol === 'https');
    for (const [index, listener] of value.listeners.entries()) {
      const at = [...path, 'listeners', index];
      const family = isIpv6(listener.address) ? 6 : 4;
      const key = `${family}:${listener.port}`;
      const places = byPort.get(key) ?? [];
      byPort.set(key, places);
      const other = places.find(
        (place) =>
          place.address === listener.address || isWildcard(listener.address) || isWildcard(place.address),
      );
      places.push({ address: listener.address, path: at });
      if (other !== undefined) {
        const where = draft.origins.of(other.path);
        yield {
          code: 'overlapping-listeners',
          severity: 'error',
          path: [...at, 'address'],
          what: `${listener.address} port ${listener.port} is already bound by ${formatPath(where.path)} in line ${where.location.line}`,
          mend: 'give one of the two another address or port',
        };
      }
      if (listener.protocol === 'redirect' && !https) {
        yield {
          code: 'redirect-without-target',
          severity: 'error',
          path: at,
          what: 'there is no https listener to redirect to',
          mend: 'add an https listener to this service, or make this one `protocol: http`',
        };
      }
    }
  }
}
