import type { FileIr } from '../ir/haproxy.ts';
import { certificatePem, pem } from '../ir/pem.ts';
import type { RenderedFile } from '../ir/rendering.ts';
import { Bug, unreachable } from '../kernel/bug.ts';
import { name, relativePath } from './quote.ts';

/** The files beside haproxy.cfg. */
export function renderCompanion(file: FileIr): RenderedFile {
  const path = relativePath(file.path);
  switch (file.kind) {
    case 'certificate':
      return { path, content: certificatePem(file) };
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

function network(text: string): string {
  if (!/^[0-9a-f.:]+\/[0-9]+$/.test(text)) throw new Bug('a network that is not canonical');
  return text;
}
