import type { Configuration } from '../model/configuration.ts';
import type { Refusal } from './outcome.ts';

/** Warns of each certificate that ends earlier than the one of the same name in service: it may be an old file. */
export function examineCertificates(current: Configuration | undefined, desired: Configuration): Refusal[] {
  const inService = new Map(current?.certificates.map(({ name, material }) => [name, material.facts]));
  return desired.certificates.flatMap(({ name, path, material: { facts } }): Refusal[] => {
    const before = inService.get(name);
    if (before === undefined || facts.notAfter >= before.notAfter) return [];
    return [
      {
        code: 'certificate-older',
        severity: 'warning',
        path,
        what: `the certificate ends on ${day(facts.notAfter)}, the one in service on ${day(before.notAfter)}`,
        mend: 'see whether it is the new file, or keep the one in service',
      },
    ];
  });
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
