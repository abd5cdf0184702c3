import { haproxyNames } from '../ir/haproxy-names.ts';
import type { Intent } from '../model/intent.ts';
import type { StateStore } from '../store/state-store.ts';
import type { Desired } from './desired.ts';
import type { Adoption } from './drift-finding.ts';
import { type ServerPlace, serversOf } from './intents.ts';

/** Makes intents of what was found at servers, all of it or nothing. To be followed by a look at what is to be done. */
export function adoptIntents(
  adoptions: readonly Adoption[],
  { configuration, ir }: Desired,
  store: StateStore,
  by: { readonly author: string; readonly reason?: string },
): void {
  const names = haproxyNames(ir);
  const places = new Map(
    configuration.virtualServices.flatMap((service) =>
      service.pool.servers.map((server): [string, ServerPlace] => {
        const found = names.server(service, server);
        return [`${found?.backend}/${found?.name}`, { service: service.name, server: server.name }];
      }),
    ),
  );
  const { author, reason = 'adopted: it was found so in the running HAProxy' } = by;
  store.atomically(() => {
    for (const { backend, server, ends, wish } of adoptions) {
      const place = places.get(`${backend}/${server}`);
      if (place === undefined) continue;
      for (const intent of store.intents.inForce()) {
        if (ends.includes(intent.wish.kind))
          withdraw(intent, place, serversOf(intent.target, configuration), store, by.author);
      }
      if (wish !== undefined) {
        store.intents.add({ wish, target: { kind: 'server', ...place }, author, reason });
      }
    }
  });
}

/** Ends an intent as far as it is about one server; about the others it goes on. */
function withdraw(
  { id, wish, author, reason, until }: Intent,
  place: ServerPlace,
  all: readonly ServerPlace[],
  store: StateStore,
  by: string,
): void {
  const isPlace = (one: ServerPlace) => one.service === place.service && one.server === place.server;
  if (!all.some(isPlace)) return;
  store.intents.end([id], { author: by, reason: 'adopted what was found in the running HAProxy' });
  for (const other of all.filter((one) => !isPlace(one))) {
    store.intents.add({
      wish,
      target: { kind: 'server', ...other },
      author,
      reason,
      ...(until === undefined ? {} : { until }),
    });
  }
}
