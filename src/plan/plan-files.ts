import type { FileIr } from '../ir/haproxy.ts';
import { type Differences, differences, matched } from './differences.ts';
import type { Draft } from './draft.ts';
import { fileFields } from './field-classes.ts';
import { type FileOf, filesOf } from './files-by-kind.ts';
import { planCertificates } from './plan-certificates.ts';
import { planOthers } from './plan-others.ts';
import type { Scene } from './scene.ts';
import { fileName, listChange, poolName } from './words.ts';

type Kind = FileIr['kind'];

/** The companion files. */
export function planFiles(draft: Draft, scene: Scene): void {
  // Certificates and their lists depend on each other, so they are planned together.
  const plans: Record<Exclude<Kind, 'certificate-list'>, (draft: Draft, scene: Scene) => void> = {
    certificate: planCertificates,
    authority: planAuthorities,
    networks: planNetworks,
    'drained-servers': planDrained,
  };
  for (const planKind of Object.values(plans)) planKind(draft, scene);
}

/** Gives back the files that were and will be; whichever comes or goes is a matter of a reload. */
function planKind<K extends Kind>(
  draft: Draft,
  scene: Scene,
  kind: K,
  title: (file: FileOf<K>) => string,
): (readonly [before: FileOf<K>, after: FileOf<K>])[] {
  const { added, removed, kept } = matched(
    filesOf(scene.current, kind),
    filesOf(scene.desired, kind),
    ({ path }) => path,
  );
  const step = (file: FileOf<K>, verb: string, why: string): void => {
    const what = `${title(file)} is ${verb}`;
    draft.step({ impact: 'reload', path: file.origin, what, why, effect: scene.reload });
  };
  for (const file of added)
    step(file, 'added', 'a file is read for the first time only when a process starts');
  for (const file of removed) step(file, 'removed', 'a file is given up with the process that read it');
  return kept;
}

function planAuthorities(draft: Draft, scene: Scene): void {
  const title = ({ path }: FileOf<'authority'>): string => `authority ${fileName(path)}`;
  for (const [before, after] of planKind(draft, scene, 'authority', title)) {
    const { others }: Differences<never> = differences(fileFields.variants.authority, before, after);
    for (const { felt } of others) {
      const what = `${felt.name} of ${title(after)} are replaced`;
      draft.step({ impact: felt.impact, path: after.origin, what, why: felt.why, effect: scene.reload });
    }
  }
}

function planNetworks(draft: Draft, scene: Scene): void {
  const fields = fileFields.variants.networks;
  const title = ({ path, purpose }: FileOf<'networks'>): string =>
    purpose === 'access'
      ? `access list of ${fileName(path)}`
      : `networks without limits of ${fileName(path).replace(/\.exempt$/, '')}`;
  for (const [before, after] of planKind(draft, scene, 'networks', title)) {
    const { byHand, others }: Differences<'networks'> = differences(fields, before, after);
    planOthers(draft, scene, title(after), after.origin, others);
    if (byHand.size === 0) continue;
    draft.step({
      impact: 'runtime',
      path: after.origin,
      what: `${title(after)}: ${listChange(before.networks, after.networks)}`,
      why: fields.networks.why,
      effect:
        after.purpose === 'access'
          ? 'new requests are judged by the new list, also on connections of now; those under way go on'
          : 'new connections and requests are judged by the new list',
    });
    draft.operation('list', { kind: 'replace-list', file: after.path, entries: after.networks });
  }
}

function planDrained(draft: Draft, scene: Scene): void {
  const fields = fileFields.variants['drained-servers'];
  const title = ({ backend }: FileOf<'drained-servers'>): string =>
    `list of drained servers of ${poolName(backend)}`;
  for (const [before, after] of planKind(draft, scene, 'drained-servers', title)) {
    const { byHand, others }: Differences<'servers'> = differences(fields, before, after);
    planOthers(draft, scene, title(after), after.origin, others);
    if (byHand.size === 0) continue;
    draft.step({
      impact: 'runtime',
      path: after.origin,
      what: `${title(after)}: ${listChange(before.servers, after.servers)}`,
      why: fields.servers.why,
      effect: 'clients that kept to a server on the list are led to another one with their next request',
    });
    draft.operation('list', { kind: 'replace-list', file: after.path, entries: after.servers });
  }
}
