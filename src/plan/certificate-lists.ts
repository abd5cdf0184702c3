import type { CertificateListEntryIr, HaproxyIr } from '../ir/haproxy.ts';
import { type Differences, differences, matched, same } from './differences.ts';
import { fileFields } from './field-classes.ts';
import { type FileOf, filesOf } from './files-by-kind.ts';

type List = FileOf<'certificate-list'>;

/** What becomes of the lists of certificates, and of which certificates HAProxy can be told at runtime. */
export interface ListChanges {
  /** Certificate files that are new, in the order in which they are to be added, with the lists they come to. */
  readonly added: ReadonlyMap<string, readonly string[]>;
  /** Certificate files that are gone, with the lists they are taken from. */
  readonly removed: ReadonlyMap<string, readonly string[]>;
  /** Lists that HAProxy must read again, with the reason. */
  readonly read: readonly { readonly list: List; readonly before?: List; readonly why: string }[];
  readonly gone: readonly List[];
}

/**
 * The runtime API adds a certificate at the end of lists and takes one out; it cannot move one, nor change the
 * first, which clients get who ask for no known name.
 */
export function listChanges(current: HaproxyIr, desired: HaproxyIr): ListChanges {
  const lists = matched(
    filesOf(current, 'certificate-list'),
    filesOf(desired, 'certificate-list'),
    ({ path }) => path,
  );
  const files = {
    before: new Set(filesOf(current, 'certificate').map(({ path }) => path)),
    after: new Set(filesOf(desired, 'certificate').map(({ path }) => path)),
  };
  const added = new Map<string, string[]>();
  const removed = new Map<string, string[]>();
  const read: { list: List; before?: List; why: string }[] = [];
  const ordered: { readonly list: List; readonly before: List; readonly appended: readonly string[] }[] = [];
  for (const list of lists.added)
    read.push({ list, why: 'a list is read for the first time only when a process starts' });
  for (const [before, list] of lists.kept) {
    const change = entryChange(before, list);
    if (change === undefined) continue;
    if (typeof change === 'string') read.push({ list, before, why: change });
    else if (change.appended.some((file) => files.before.has(file)))
      read.push({ list, before, why: 'HAProxy adds only new certificates to a list while it runs' });
    else if (change.dropped.some((file) => files.after.has(file)))
      read.push({
        list,
        before,
        why: 'HAProxy takes a certificate out of a list only when no list needs it',
      });
    else {
      for (const file of change.appended) push(added, file, list.path);
      for (const file of change.dropped) push(removed, file, list.path);
      ordered.push({ list, before, appended: change.appended });
    }
  }
  // A certificate comes to all of its lists at once, so these must agree on the order.
  const turns = new Map([...added.keys()].map((file, turn) => [file, turn]));
  for (const { list, before, appended } of ordered) {
    const order = appended.map((file) => turns.get(file) ?? 0);
    if (order.every((turn, index) => index === 0 || turn > (order[index - 1] ?? 0))) continue;
    read.push({ list, before, why: 'HAProxy adds certificates to all lists in one order' });
  }
  return { added, removed, read, gone: lists.removed };
}

/** What comes to a list and goes from it, or why HAProxy cannot be told so at runtime. */
function entryChange(
  before: List,
  after: List,
): { readonly appended: string[]; readonly dropped: string[] } | string | undefined {
  const fields = fileFields.variants['certificate-list'];
  const { added, removed, kept } = matched(before.entries, after.entries, ({ certificate }) => certificate);
  const found: Differences<never>[] = [
    differences(fields, before, after),
    ...kept.map((pair) => differences(fields.entries.each, ...pair)),
  ];
  const [other] = found.flatMap(({ others }) => others);
  if (other !== undefined) return other.felt.why;
  const [old, now] = [namesOf(before.entries), namesOf(after.entries)];
  if (same(old, now)) return undefined;
  if (old[0] !== now[0]) return 'the first certificate of a list is chosen when a process starts';
  const [appended, dropped] = [namesOf(added), namesOf(removed)];
  const gone = new Set(dropped);
  const reached = [...old.filter((name) => !gone.has(name)), ...appended];
  return same(reached, now) ? { appended, dropped } : 'HAProxy adds certificates at the end of a list only';
}

function namesOf(entries: readonly CertificateListEntryIr[]): string[] {
  return entries.map(({ certificate }) => certificate);
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
