import type { Finding } from '../kernel/diagnostic.ts';
import type { Path } from '../kernel/path.ts';
import { quote } from '../kernel/quote.ts';
import { Secret } from '../kernel/secret.ts';
import { someOf } from '../kernel/some-of.ts';
import type { CertificateSource } from '../model/certificate.ts';
import type { AuthorityMaterial, CertificateMaterial } from '../model/certificate-material.ts';
import { readAuthorities } from '../pki/authority.ts';
import type { CertificateFiles } from '../pki/certificate-parts.ts';
import { showName } from '../pki/facts.ts';
import { coversHostname } from '../pki/hostname-match.ts';
import { judgeCertificate } from '../pki/judge.ts';
import { readCertificate } from '../pki/read-certificate.ts';
import type { Draft } from './draft.ts';
import { type FileContents, type FileNeed, filesNeeded } from './files.ts';
import { sound } from './rules/rule.ts';

/** What the certificate files held, by the names in the declaration. */
export interface Materials {
  readonly certificates: ReadonlyMap<string, CertificateMaterial>;
  readonly authorities: ReadonlyMap<string, AuthorityMaterial>;
  readonly findings: readonly Finding[];
}

/** Reads and judges every certificate and authority. @param now milliseconds since 1970 */
export function readMaterials(draft: Draft, files: FileContents, now: number): Materials {
  const findings: Finding[] = [];
  for (const need of filesNeeded(draft)) findings.push(...judgeFile(need, files));

  const authorities = new Map<string, AuthorityMaterial>();
  for (const { name, path, value } of sound(draft.authorities)) {
    const bytes = bytesOf(files, value.ca);
    if (bytes === undefined) continue;
    const read = readAuthorities({ name: value.ca, bytes }, { now, path: [...path, 'ca'] });
    if (!read.ok) {
      findings.push(...read.error);
      continue;
    }
    authorities.set(name, read.value.material);
    findings.push(...read.value.findings);
  }

  const known = [...authorities.values()];
  const certificates = new Map<string, CertificateMaterial>();
  for (const { name, path, value } of sound(draft.certificates)) {
    const input = inputOf(value, files);
    if (input === undefined) continue;
    const read = readCertificate(input.source, input.password, { path, authorities: known });
    if (!read.ok) {
      findings.push(...read.error);
      continue;
    }
    const { material } = read.value;
    certificates.set(name, material);
    // Whether a host name is covered is asked of all certificates of a listener together, below.
    findings.push(...read.value.findings, ...judgeCertificate(material, { now, hostnames: [], path }));
  }
  findings.push(...uncoveredHostnames(draft, certificates));
  return { certificates, authorities, findings };
}

/** Every host name of a service must be covered by one of the certificates of each of its https listeners. */
function* uncoveredHostnames(
  draft: Draft,
  certificates: ReadonlyMap<string, CertificateMaterial>,
): Generator<Finding> {
  for (const { path, value } of sound(draft.virtualServices)) {
    for (const [index, listener] of value.listeners.entries()) {
      if (listener.protocol !== 'https') continue;
      const materials = listener.certificates.map((name) => certificates.get(name));
      if (materials.includes(undefined)) continue;
      const at: Path = [...path, 'listeners', index, 'certificates'];
      for (const hostname of value.hostnames) {
        if (materials.some((material) => material !== undefined && coversHostname(material.facts, hostname)))
          continue;
        const covered = materials.flatMap((material) => material?.facts.dnsNames ?? []);
        yield {
          code: 'certificate-host-not-covered',
          severity: 'error',
          path: at,
          what: `no certificate of the listener covers ${hostname}; they cover ${listNames(covered)}`,
          why: 'clients would refuse the connection',
          mend: 'use a certificate whose subject alternative names include it',
        };
      }
    }
  }
}

function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'no host name';
  return someOf(names.map(showName), 6);
}

function judgeFile({ file, path, secret }: FileNeed, files: FileContents): Finding[] {
  const content = files.get(file);
  if (content === undefined || content.kind === 'unreadable') {
    const reason = content === undefined ? 'it was not read' : content.reason;
    return [
      {
        code: 'file-unreadable',
        severity: 'error',
        path,
        what: `cannot read ${quote(file)}: ${reason}`,
        mend: 'correct the path, which is relative to the declaration, or its permissions',
      },
    ];
  }
  if (!secret || !content.othersCanRead) return [];
  return [
    {
      code: 'file-insecure',
      severity: 'warning',
      path,
      what: `${quote(file)} can be read by every user of this machine`,
      why: 'it holds a key or a password',
      mend: 'run `chmod 600` on it',
    },
  ];
}

function bytesOf(files: FileContents, file: string): Uint8Array | undefined {
  const content = files.get(file);
  return content?.kind === 'read' ? content.bytes : undefined;
}

function inputOf(
  source: CertificateSource,
  files: FileContents,
): { source: CertificateFiles; password: Secret | undefined } | undefined {
  let password: Secret | undefined;
  if (source.passwordFile !== undefined) {
    const bytes = bytesOf(files, source.passwordFile);
    if (bytes === undefined) return undefined;
    password = new Secret(new TextDecoder().decode(bytes).split(/\r?\n/, 1)[0] ?? '');
  }
  if (source.kind === 'pfx') {
    const bytes = bytesOf(files, source.file);
    return bytes === undefined
      ? undefined
      : { source: { kind: 'pfx', file: { name: source.file, bytes } }, password };
  }
  const named = source.files.map((name) => ({ name, bytes: bytesOf(files, name) }));
  const readable = named.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
  return readable.length < named.length ? undefined : { source: { kind: 'pem', files: readable }, password };
}
