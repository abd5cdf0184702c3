import type { FileIr } from '../ir/haproxy.ts';
import type { RenderedFile } from '../ir/rendering.ts';
import { Bug, unreachable } from '../kernel/bug.ts';
import { Secret } from '../kernel/secret.ts';
import { name, relativePath } from './quote.ts';

/** The files beside haproxy.cfg. */
export function renderCompanion(file: FileIr): RenderedFile {
  const path = relativePath(file.path);
  switch (file.kind) {
    case 'certificate':
      return { path, content: new Secret(pem([...file.chain, file.key.reveal()])) };
    case 'authority':
      return { path, content: pem(file.certificates) };
    case 'certificate-list':
      return { path, content: lines(file.entries.map(({ certificate }) => relativePath(certificate))) };
    case 'networks':
      return { path, content: lines(file.networks.map(network)) };
    case 'drained-servers':
      return { path, content: lines(file.servers.map(name)) };
    default:
      return unreachable(file, 'file');
  }
}

function lines(entries: readonly string[]): string {
  return entries.map((entry) => `${entry}\n`).join('');
}

const block = /^-----BEGIN [A-Z0-9 ]+-----\n(?:[A-Za-z0-9+/=]+\n)+-----END [A-Z0-9 ]+-----$/;

/** PEM blocks one after the other without empty lines: HAProxy's runtime API ends a payload at an empty line. */
function pem(blocks: readonly string[]): string {
  return lines(
    blocks.map((text) => {
      const trimmed = text.replaceAll('\r\n', '\n').trim();
      if (!block.test(trimmed)) throw new Bug('a PEM block that is not one');
      return trimmed;
    }),
  );
}

function network(text: string): string {
  if (!/^[0-9a-f.:]+\/[0-9]+$/.test(text)) throw new Bug('a network that is not canonical');
  return text;
}
