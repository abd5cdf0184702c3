import { err, ok, type Result } from '../kernel/result.ts';
import type { Secret } from '../kernel/secret.ts';
import { isIssuedBy, parseCertificate, type ReadCertificate, showDay } from './facts.ts';
import type { NamedFile, Problem } from './named-file.ts';
import { scanPem } from './pem.ts';
import { readCertificate } from './read-certificate.ts';

/** The files by which a node, or the operator, shows who it is, and knows the others. */
export interface PairKeyFiles {
  readonly authority: NamedFile;
  readonly certificate: NamedFile;
  readonly key: NamedFile;
}

/** By these somebody shows that they belong to a pair, and sees whether others do. */
export interface PairKeys {
  /** The authority of the pair, as PEM; nobody else is trusted. */
  readonly authority: string;
  /** As PEM. */
  readonly certificate: string;
  readonly key: Secret;
  /** When the certificate ends, in milliseconds since 1970. */
  readonly notAfter: number;
}

/**
 * Reads the keys of one member of a pair, and refuses what the others would refuse without a word.
 * @param now milliseconds since 1970
 */
export function readPairKeys(files: PairKeyFiles, now: number): Result<PairKeys, Problem> {
  const authority = readPairAuthority(files.authority);
  if (!authority.ok) return authority;
  const source = { kind: 'pem', files: [files.certificate, files.key] } as const;
  const read = readCertificate(source, undefined, { path: [] });
  if (!read.ok) return err(read.error[0] ?? notOfThePair(files));
  const { chain, facts, key } = read.value.material;
  const [certificate = ''] = chain;
  const [block] = scanPem(Buffer.from(certificate)).blocks;
  const leaf = block === undefined ? undefined : parseCertificate(block.der);
  if (leaf === undefined || !isIssuedBy(leaf.x509, authority.value.x509)) return err(notOfThePair(files));
  const ended = [facts, authority.value.facts].find(({ notAfter }) => notAfter < now);
  if (ended !== undefined) {
    const { name } = ended === facts ? files.certificate : files.authority;
    return err({
      code: 'certificate-expired',
      severity: 'error',
      what: `${name} was valid until ${showDay(ended.notAfter)}`,
      mend: 'make new ones with `aorta pair keys`',
    });
  }
  if (facts.notBefore > now) {
    return err({
      code: 'certificate-not-yet-valid',
      severity: 'error',
      what: `${files.certificate.name} is not valid before ${showDay(facts.notBefore)}`,
      mend: 'set the clock of this machine',
    });
  }
  return ok({
    authority: authority.value.x509.toString(),
    certificate,
    key,
    notAfter: Math.min(facts.notAfter, authority.value.facts.notAfter),
  });
}

const day = 86_400_000;

/** What to say of keys that end within 30 days; undefined otherwise. @param whose `of this node` */
export function endingSoon({ notAfter }: PairKeys, whose: string, now: number): string | undefined {
  if (notAfter - now > 30 * day) return undefined;
  return `the key ${whose} for the connection between nodes ends on ${showDay(notAfter)}: make a new one with \`aorta pair keys\``;
}

/** Reads the certificate of the authority of a pair: one, so that nobody else is trusted by accident. */
export function readPairAuthority(file: NamedFile): Result<ReadCertificate, Problem> {
  const { blocks } = scanPem(file.bytes);
  const [first, ...rest] = blocks.flatMap(({ der, label }) =>
    label === 'CERTIFICATE' ? [parseCertificate(der)] : [],
  );
  if (first?.facts.certificateAuthority === true && rest.length === 0) return ok(first);
  return err({
    code: 'authority-unreadable',
    severity: 'error',
    what: `${file.name} is not the certificate of one authority`,
    why: 'whoever has a certificate by an authority in it may do everything here',
    mend: 'take authority.pem of the directory that `aorta pair keys` made',
  });
}

function notOfThePair({ authority, certificate }: PairKeyFiles): Problem {
  return {
    code: 'not-of-the-pair',
    severity: 'error',
    what: `${certificate.name} was not issued by ${authority.name}`,
    mend: 'take both from the same directory that `aorta pair keys` made',
  };
}
