import type { PeerCertificate } from 'node:tls';

/**
 * Whether HAProxy finds a name in the certificate of a server. It is more generous than clients are: it takes the
 * common name, also beside alternative names, and a wildcard for a part of the first label or right below a
 * top-level domain.
 */
export function coversForHaproxy(certificate: PeerCertificate, name: string): boolean {
  const commonName = certificate.subject?.CN ?? [];
  const names = [...alternativeNames(certificate), ...[commonName].flat()];
  return names.some((pattern) => matches(pattern.toLowerCase(), name.toLowerCase()));
}

/** The DNS names among the alternative names. One that is quoted holds characters that no host name has. */
function alternativeNames({ subjectaltname = '' }: PeerCertificate): string[] {
  return subjectaltname
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .split(', ')
    .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []));
}

function matches(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  const [ofPattern, ofName] = [pattern.indexOf('.'), name.indexOf('.')];
  if (ofPattern < 0 || ofName < 0 || pattern.slice(ofPattern) !== name.slice(ofName)) return false;
  const [before, after, another] = pattern.slice(0, ofPattern).split('*');
  const label = name.slice(0, ofName);
  if (before === undefined || after === undefined || another !== undefined) return false;
  return label.length >= before.length + after.length && label.startsWith(before) && label.endsWith(after);
}
