import type { Finding, Location } from '../../kernel/diagnostic.ts';
import { formatPath, type Path } from '../../kernel/path.ts';
import { type Address, isIpv6, isWildcard } from '../../model/address.ts';
import type { Listener } from '../../model/listener.ts';
import type { Draft } from '../draft.ts';
import { sound } from './rule.ts';

interface Place {
  readonly listener: Listener;
  readonly service: string;
  readonly path: Path;
  /** Where the operator wrote the address. */
  readonly cause: { readonly path: Path; readonly location: Location };
}

/** No two listeners may bind the same address and port, and a redirect needs somewhere to send clients. */
export function* listeners(draft: Draft): Generator<Finding> {
  const places: Place[] = [];
  for (const { name, path, value } of sound(draft.virtualServices)) {
    const https = value.listeners.some((listener) => listener.protocol === 'https');
    for (const [index, listener] of value.listeners.entries()) {
      const at = [...path, 'listeners', index];
      places.push({ listener, service: name, path: at, cause: draft.origins.cause([...at, 'address']) });
      if (listener.protocol !== 'redirect' || https) continue;
      yield {
        code: 'redirect-without-target',
        severity: 'error',
        path: at,
        what: 'there is no https listener to redirect to',
        mend: 'add an https listener to this service, or make this one `protocol: http`',
      };
    }
  }
  yield* overlaps(places);
}

/** The listeners of one port and family, each first of its kind: a look-up, not a search, because all may use port 443. */
interface Taken {
  readonly first: Place;
  wildcard: Place | undefined;
  readonly byAddress: Map<Address, Place>;
}

/** The later in the file is the one to be reported. */
function* overlaps(places: readonly Place[]): Generator<Finding> {
  const inOrder = [...places].sort(
    ({ cause: { location: a } }, { cause: { location: b } }) => a.line - b.line || a.column - b.column,
  );
  const ports = new Map<string, Taken>();
  for (const place of inOrder) {
    const { listener, service, path } = place;
    const { address } = listener;
    const wildcard = isWildcard(address) ? place : undefined;
    const port = `${isIpv6(address) ? 6 : 4}:${listener.port}`;
    const taken = ports.get(port);
    if (taken === undefined) {
      ports.set(port, { first: place, wildcard, byAddress: new Map([[address, place]]) });
      continue;
    }
    const other = wildcard === undefined ? (taken.byAddress.get(address) ?? taken.wildcard) : taken.first;
    taken.wildcard ??= wildcard;
    if (!taken.byAddress.has(address)) taken.byAddress.set(address, place);
    if (other === undefined) continue;
    // Within a service an address is often shared on purpose; then the port is the mistake.
    const part = other.service === service ? 'port' : 'address';
    yield {
      code: 'overlapping-listeners',
      severity: 'error',
      path: [...path, part],
      what: `${address} port ${listener.port} is already bound by ${formatPath(other.cause.path)} in line ${other.cause.location.line}`,
      mend: 'give one of the two another address or port',
    };
  }
}
