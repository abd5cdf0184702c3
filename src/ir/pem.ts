import { Bug } from '../kernel/bug.ts';
import { Secret } from '../kernel/secret.ts';
import type { FileIr } from './haproxy.ts';

const block = /^-----BEGIN [A-Z0-9 ]+-----\n(?:[A-Za-z0-9+/=]+\n)+-----END [A-Z0-9 ]+-----$/;

/**
 * PEM blocks one after the other without empty lines: HAProxy's runtime API ends a payload at an empty line.
 *
 * @throws Bug when a block is not PEM
 */
export function pem(blocks: readonly string[]): string {
  return blocks
    .map((text) => {
      const trimmed = text.replaceAll('\r\n', '\n').trim();
      if (!block.test(trimmed)) throw new Bug('a PEM block that is not one');
      return `${trimmed}\n`;
    })
    .join('');
}

/** A certificate as HAProxy gets it, in a file or at runtime: the leaf, the rest of the chain, the key. */
export function certificatePem({ chain, key }: Extract<FileIr, { kind: 'certificate' }>): Secret {
  return new Secret(pem([...chain, key.reveal()]));
}
