import type { BackendIr, ServerIr } from '../ir/haproxy.ts';
import { name } from './quote.ts';
import { ownWords, place, sharedWords } from './server.ts';

/**
 * What follows `add server` on the runtime API. A server that is added there inherits nothing from default-server,
 * so the words of the file's lines are put together. It begins in maintenance and with its checks off.
 */
export function dynamicServerWords(backend: BackendIr, server: ServerIr): string[] {
  const path = `${name(backend.name)}/${name(server.name)}`;
  // The default in the file; without it 2.6 gives such a server no idle connections at all (measured).
  const pooled = ['pool-max-conn', '-1'];
  return [path, place(server), ...sharedWords(backend).flat(), ...pooled, ...ownWords(backend, server)];
}
