import type { StoreStatus } from '../../model/status.ts';
import type { SharedView } from '../../store/shared/shared-store.ts';

/** What nodes share, for people. @param view as of the last look; absent before the first */
export function storeStatus(
  kind: StoreStatus['kind'],
  view: SharedView | undefined,
  away: StoreStatus['away'],
): StoreStatus {
  const { head, change } = view?.pair ?? {};
  return {
    kind,
    ...(away === undefined ? {} : { away }),
    ...(head === undefined
      ? {}
      : { head: { number: head.number, digest: head.digest, author: head.author, at: head.at } }),
    ...(change === undefined
      ? {}
      : { change: { digest: change.digest, author: change.author, at: change.at } }),
    nodes: [...(view?.reports ?? [])].map(([name, { digest, version, verdict, trouble }]) => ({
      name,
      present: view?.present.has(name) ?? false,
      ...(digest === undefined ? {} : { digest }),
      version,
      ...(change === undefined || verdict?.change !== change.id ? {} : { verdict: verdict.kind }),
      ...(trouble === undefined ? {} : { trouble }),
    })),
  };
}
