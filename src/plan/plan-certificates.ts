import type { HaproxyIr } from '../ir/haproxy.ts';
import { certificatePem } from '../ir/pem.ts';
import { listChanges } from './certificate-lists.ts';
import { type Differences, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import { fileFields } from './field-classes.ts';
import { type FileOf, filesOf } from './files-by-kind.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';
import { fileName, listChange, place, shortened } from './words.ts';

/** Certificates, and the lists that say which listener shows which of them. */
export function planCertificates(draft: Draft, scene: Scene): void {
  const lists = listChanges(scene.current, scene.desired);
  const files = matched(
    filesOf(scene.current, 'certificate'),
    filesOf(scene.desired, 'certificate'),
    ({ path }) => path,
  );
  const listeners = listenersByList(scene);
  const at = (paths: readonly string[]): string =>
    shortened(paths.flatMap((path) => listeners.get(path) ?? fileName(path)));

  for (const [before, after] of files.kept) planKept(draft, scene, before, after);
  planAdded(draft, scene, files.added, lists.added, at);
  planRemoved(draft, scene, files.removed, lists.removed, at);
  for (const { list, before, why } of lists.read) {
    const what =
      before === undefined
        ? `list of certificates at ${at([list.path])} is added`
        : `certificates at ${at([list.path])}: ${listChange(names(before), names(list))}`;
    draft.step({ impact: 'reload', path: list.origin, what, why, effect: scene.reload });
  }
  for (const list of lists.gone) {
    const what = `list of certificates at ${at([list.path])} is removed`;
    const why = 'a list is given up with the process that read it';
    draft.step({ impact: 'reload', path: list.origin, what, why, effect: scene.reload });
  }
}

function planKept(
  draft: Draft,
  scene: Scene,
  before: FileOf<'certificate'>,
  after: FileOf<'certificate'>,
): void {
  const fields = fileFields.variants.certificate;
  const { byHand, others }: Differences<'chain' | 'key'> = differences(fields, before, after);
  planOthers(draft, scene, `certificate ${fileName(after.path)}`, after.origin, others);
  const [field] = byHand;
  if (field === undefined) return;
  draft.step({
    impact: 'runtime',
    path: after.origin,
    what: `certificate ${fileName(after.path)} is replaced`,
    why: fields[field].why,
    effect: 'new TLS connections get the new one; those of now go on',
  });
  draft.operation('replace-certificate', {
    kind: 'replace-certificate',
    file: after.path,
    content: certificatePem(after),
  });
}

function planAdded(
  draft: Draft,
  scene: Scene,
  files: readonly FileOf<'certificate'>[],
  toLists: ReadonlyMap<string, readonly string[]>,
  at: (lists: readonly string[]) => string,
): void {
  const byPath = new Map(files.map((file) => [file.path, file]));
  for (const { path: file, origin: path } of files) {
    const lists = toLists.get(file);
    const what = `certificate ${fileName(file)} is added`;
    if (lists === undefined) {
      const why = 'HAProxy cannot put it into its lists while it runs';
      draft.step({ impact: 'reload', path, what, why, effect: scene.reload });
      continue;
    }
    const why = 'HAProxy takes new certificates at the end of a list while it runs';
    const effect = 'new TLS connections to its names get it; those of now go on';
    draft.step({ impact: 'runtime', path, what: `${what} at ${at(lists)}`, why, effect });
  }
  for (const [path, lists] of toLists) {
    const file = byPath.get(path);
    if (file === undefined) continue;
    const content = certificatePem(file);
    draft.operation('add-certificate', { kind: 'add-certificate', file: path, content, lists });
  }
}

function planRemoved(
  draft: Draft,
  scene: Scene,
  files: readonly FileOf<'certificate'>[],
  fromLists: ReadonlyMap<string, readonly string[]>,
  at: (lists: readonly string[]) => string,
): void {
  for (const { path: file, origin: path } of files) {
    const lists = fromLists.get(file);
    const what = `certificate ${fileName(file)} is removed`;
    if (lists === undefined) {
      const why = 'HAProxy cannot take it out of its lists while it runs';
      draft.step({ impact: 'reload', path, what, why, effect: scene.reload });
      continue;
    }
    const why = 'HAProxy takes a certificate out of a list while it runs';
    const effect = 'new TLS connections to its names get another one; those of now go on';
    draft.step({ impact: 'runtime', path, what: `${what} from ${at(lists)}`, why, effect });
    draft.operation('remove-certificate', { kind: 'remove-certificate', file, lists });
  }
}

function names({ entries }: FileOf<'certificate-list'>): string[] {
  return entries.map(({ certificate }) => fileName(certificate));
}

/** Lists are named by the listeners that use them: `10.20.0.10:443`. */
function listenersByList({ current, desired }: Scene): ReadonlyMap<string, string> {
  const listeners = ({ frontends }: HaproxyIr): [string, string][] =>
    frontends.flatMap(({ binds }) =>
      binds.flatMap((bind): [string, string][] =>
        bind.tls === undefined ? [] : [[bind.tls.certificateList, place(bind)]],
      ),
    );
  return new Map([...listeners(current), ...listeners(desired)]);
}
