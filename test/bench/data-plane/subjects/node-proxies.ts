import { join } from 'node:path';
import type { Place } from '../place.ts';
import type { Command, Subject } from '../subject.ts';

/** What people build in an afternoon. */
export const httpProxy3: Subject = node('Node, http-proxy-3', 'http-proxy-main.ts');
export const undici: Subject = node('Node, undici', 'undici-main.ts');

function node(name: string, program: string): Subject {
  return {
    name,
    doors: ['offload', 'rsa', 'bridging'],
    http2: false,
    writes: true,
    prepare: (place) => Promise.resolve([command(place, program)]),
  };
}

function command({ address, certificates, directory }: Place, program: string): Command {
  const { ecdsa, rsa, ca } = certificates;
  const file = join(import.meta.dirname, program);
  const words = [address, ecdsa, rsa, ca, join(directory, 'access.log')];
  return { words: [process.execPath, '--disable-warning=ExperimentalWarning', file, ...words] };
}
