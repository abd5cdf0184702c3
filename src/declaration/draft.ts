import type { ZodType } from 'zod';
import type { Note } from '../blueprints/noted.ts';
import { settle } from '../blueprints/noted.ts';
import { blueprints } from '../blueprints/registry.ts';
import type { Diagnostic, Finding } from '../kernel/diagnostic.ts';
import { sortedEntries } from '../kernel/order.ts';
import { type Path, pathKey } from '../kernel/path.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type Address, toAddress } from '../model/address.ts';
import type { AuthoritySource } from '../model/authority.ts';
import type { CertificateSource } from '../model/certificate.ts';
import { sections } from '../model/declaration.ts';
import type { Ha } from '../model/ha.ts';
import type { Host } from '../model/host.ts';
import { isName, type Name } from '../model/name.ts';
import type { VirtualService } from '../model/virtual-service.ts';
import { Origins } from './origins.ts';
import { parseDeclaration } from './parse.ts';
import { childOf, isMapping, type SchemaNode, schemaAt } from './schema.ts';
import { checkShape, nearest, type Shape, shapeOf, show } from './shape.ts';

/** One named thing of a section. `value` is absent when its shape is wrong; the name can still be referred to. */
export interface Entry<T> {
  readonly name: Name;
  /** In the expanded declaration. */
  readonly path: Path;
  /** As written, or as a blueprint made it: before defaults. */
  readonly raw: unknown;
  readonly value: T | undefined;
}

export type Section<T> = ReadonlyMap<string, Entry<T>>;

/** A declaration whose text has been read and whose blueprints have been expanded; its meaning is not checked yet. */
export interface Draft {
  readonly file: string;
  readonly site: string;
  readonly hosts: Section<Host>;
  readonly authorities: Section<AuthoritySource>;
  readonly certificates: Section<CertificateSource>;
  readonly virtualServices: Section<VirtualService>;
  /** Absent: not written. */
  readonly ha?: { readonly raw: unknown; readonly value: Ha | undefined };
  readonly origins: Origins;
  readonly findings: readonly Finding[];
}

const shapes = {
  site: shapeOf(sections.site),
  hosts: shapeOf(sections.hosts),
  authorities: shapeOf(sections.authorities),
  certificates: shapeOf(sections.certificates),
  virtualServices: shapeOf(sections.virtualServices),
  ha: shapeOf(sections.ha),
} as const;

const namedSections = ['hosts', 'authorities', 'certificates', 'virtualServices'] as const;
const rootKeys: readonly string[] = [
  'aorta',
  'site',
  'certificates',
  'services',
  'virtualServices',
  'hosts',
  'authorities',
  'ha',
];

const blueprintShapes = new Map(
  [...blueprints.values()].map((blueprint) => [blueprint.name, shapeOf(blueprint.parameters)]),
);

/** Text to draft. Only text that is not YAML gives no draft; everything else is reported in `findings`. */
export function readDraft(text: string, file: string): Result<Draft, Diagnostic[]> {
  const parsed = parseDeclaration(text, file);
  if (!parsed.ok) return parsed;
  const source = parsed.value;
  const origins = new Origins(source);
  if (!isMapping(source.root)) {
    const what = 'a declaration is a mapping of keys to values';
    const finding: Finding = {
      code: 'wrong-type',
      severity: 'error',
      path: [],
      what,
      mend: 'begin with the line `aorta: v1`',
    };
    return err([origins.diagnose(finding)]);
  }
  const root = source.root;
  const findings = checkRoot(root);

  const drafts = {
    hosts: new Map<string, RawEntry>(),
    authorities: new Map<string, RawEntry>(),
    certificates: new Map<string, RawEntry>(),
    virtualServices: new Map<string, RawEntry>(),
  };
  for (const section of namedSections) {
    for (const [name, raw] of entriesOf(root[section], [section], findings)) {
      drafts[section].set(name, { path: [section, name], raw });
    }
  }
  for (const [name, raw] of entriesOf(root.services, ['services'], findings)) {
    expandUse(name, raw, drafts, origins, findings);
  }

  const site = checkShape(shapes.site, root.site, ['site']);
  findings.push(...site.findings);
  // Unlike a section of names, one that was begun and left empty was hardly meant to say nothing.
  const ha = root.ha === undefined ? undefined : checkShape(shapes.ha, root.ha, ['ha']);
  findings.push(...(ha?.findings ?? []));
  return ok({
    file,
    site: site.value ?? '',
    hosts: toSection(drafts.hosts, shapes.hosts, findings),
    authorities: toSection(drafts.authorities, shapes.authorities, findings),
    certificates: toSection(drafts.certificates, shapes.certificates, findings),
    virtualServices: toSection(drafts.virtualServices, shapes.virtualServices, findings),
    ...(ha === undefined ? {} : { ha: { raw: root.ha, value: ha.value } }),
    origins,
    findings,
  });
}

interface RawEntry {
  readonly path: Path;
  readonly raw: unknown;
}

type RawSections = Readonly<Record<(typeof namedSections)[number], Map<string, RawEntry>>>;

function checkRoot(root: Readonly<Record<string, unknown>>): Finding[] {
  const findings: Finding[] = [];
  const error = (code: Finding['code'], path: Path, what: string, mend: string) =>
    findings.push({ code, severity: 'error', path, what, mend });
  for (const key of Object.keys(root)) {
    if (rootKeys.includes(key)) continue;
    const likely = nearest(key, rootKeys);
    const mend =
      likely === undefined ? `remove it; known here: ${rootKeys.join(', ')}` : `did you mean "${likely}"?`;
    error('unknown-key', [key], `unknown key ${show(key)}`, mend);
  }
  if (root.aorta === undefined)
    error('missing-version', [], '"aorta" is missing', 'begin with the line `aorta: v1`');
  else if (root.aorta !== 'v1')
    error('invalid-value', ['aorta'], `${show(root.aorta)} is not a known version`, 'write `aorta: v1`');
  for (const section of [...namedSections, 'services'] as const) {
    const value = root[section];
    if (value !== undefined && value !== null && !isMapping(value)) {
      error(
        'wrong-type',
        [section],
        'expected a mapping of names',
        'write one `name: ...` a line, indented below this key',
      );
    }
  }
  return findings;
}

/** The entries of a section with good names; bad names are reported. A section left empty has none. */
function entriesOf(section: unknown, path: Path, findings: Finding[]): [Name, unknown][] {
  if (!isMapping(section)) return [];
  return sortedEntries(section).filter((entry): entry is [Name, unknown] => {
    if (isName(entry[0])) return true;
    findings.push({
      code: 'invalid-name',
      severity: 'error',
      path: [...path, entry[0]],
      what: `${show(entry[0])} cannot be used as a name`,
      mend: 'use 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
    });
    return false;
  });
}

function expandUse(
  service: Name,
  raw: unknown,
  drafts: RawSections,
  origins: Origins,
  findings: Finding[],
): void {
  const use: Path = ['services', service];
  const chosen = isMapping(raw) ? raw.blueprint : undefined;
  const blueprint = typeof chosen === 'string' ? blueprints.get(chosen) : undefined;
  const shape = typeof chosen === 'string' ? blueprintShapes.get(chosen) : undefined;
  if (blueprint === undefined || shape === undefined) {
    const names = [...blueprints.keys()].join(', ');
    const [path, what] =
      chosen === undefined
        ? [use, '"blueprint" is missing']
        : [[...use, 'blueprint'], `no blueprint is named ${show(chosen)}`];
    const mend =
      chosen === undefined
        ? 'add it, or move the service to `virtualServices`'
        : 'use one of the known blueprints';
    findings.push({
      code: chosen === undefined ? 'missing-key' : 'unknown-blueprint',
      severity: 'error',
      path,
      what,
      mend: `${mend}; known: ${names}`,
    });
    return;
  }
  const checked = checkShape(shape, raw, use);
  findings.push(...checked.findings);
  if (checked.value === undefined) return;
  const own = blueprint.check(checked.value, { service });
  findings.push(...own.map((finding) => ({ ...finding, path: [...use, ...finding.path] })));
  if (own.some((finding) => finding.severity === 'error')) return;
  const fragment = blueprint.expand(checked.value, { service });
  for (const section of ['hosts', 'authorities', 'virtualServices'] as const) {
    for (const [name, tree] of Object.entries(fragment[section])) {
      const path: Path = [section, name];
      const notes = new Map<string, Note>();
      const made = settle(tree, path, notes);
      noteDefaults(notes, raw, shape.schema);
      const there = drafts[section].get(name);
      if (there === undefined) {
        drafts[section].set(name, { path, raw: made });
        origins.record(path, use, notes);
      } else if (section === 'hosts' && isSameHost(there.raw, made)) {
        drafts.hosts.set(name, { path: there.path, raw: withRolesAndWatches(there.raw, made) });
      } else {
        const note = notes.get(pathKey(path));
        const mine = note?.kind === 'parameter' ? note.path : [];
        findings.push({
          code: 'duplicate-name',
          severity: 'error',
          path: [...use, ...mine],
          what: `the blueprint makes ${section}.${name}, which is already declared`,
          mend: 'rename one of the two',
        });
      }
    }
  }
}

/** A parameter that was not written has its value from the blueprint, not from the operator. */
function noteDefaults(notes: Map<string, Note>, raw: unknown, schema: SchemaNode): void {
  for (const [key, note] of notes) {
    if (note.kind !== 'parameter' || note.path.reduce(childOf, raw) !== undefined) continue;
    const source = schemaAt(schema, note.path, raw)?.source;
    notes.set(key, {
      kind: 'source',
      source: source ?? 'The default of the blueprint.',
      parameter: note.path,
    });
  }
}

/** Two services may share a machine: the same name and address is the same machine, whatever its roles. */
function isSameHost(a: unknown, b: unknown): boolean {
  const address = addressOf(a);
  return address !== undefined && address === addressOf(b);
}

function addressOf(host: unknown): Address | undefined {
  return isMapping(host) && typeof host.address === 'string' ? toAddress(host.address) : undefined;
}

/** The host with the roles and watches of both; a list that is malformed is left for the shape check to refuse. */
function withRolesAndWatches(host: unknown, other: unknown): unknown {
  if (!isMapping(host) || !isMapping(other)) return host;
  const roles = both(host.roles, other.roles);
  const watch = both(host.watch, other.watch);
  return {
    ...host,
    ...(roles === undefined ? {} : { roles }),
    ...(watch === undefined ? {} : { watch }),
  };
}

/** Undefined when there is nothing to add. */
function both(own: unknown, more: unknown): unknown[] | undefined {
  if (!Array.isArray(more)) return undefined;
  const list: unknown = own ?? [];
  if (!Array.isArray(list)) return undefined;
  const known = new Set(list.map((one) => JSON.stringify(one)));
  return [...(list as unknown[]), ...more.filter((one) => !known.has(JSON.stringify(one)))];
}

function toSection<T>(
  drafts: ReadonlyMap<string, RawEntry>,
  shape: Shape<ZodType<T>>,
  findings: Finding[],
): Section<T> {
  const section = new Map<string, Entry<T>>();
  for (const [name, { path, raw }] of drafts) {
    if (!isName(name)) continue;
    const checked = checkShape(shape, raw, path);
    findings.push(...checked.findings);
    section.set(name, { name, path, raw, value: checked.value });
  }
  return section;
}
