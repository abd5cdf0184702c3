import type { ServerProbe } from '../dataplane/probe-port.ts';
import type { BackendIr, HaproxyIr, ServerIr } from '../ir/haproxy.ts';

/** PEM blocks by the file that HAProxy reads them from. */
export type Authorities = ReadonlyMap<string, readonly string[]>;

export function authoritiesOf({ files }: HaproxyIr): Authorities {
  return new Map(
    files.flatMap((file) => (file.kind === 'authority' ? [[file.path, file.certificates] as const] : [])),
  );
}

/** What the health check of a server needs, gathered from where HAProxy finds it. */
export function serverProbe(
  { check, tls }: BackendIr,
  { address, port }: ServerIr,
  authorities: Authorities,
): ServerProbe {
  if (tls === undefined) return { address, port, check };
  const name = tls.serverName === undefined ? {} : { serverName: tls.serverName };
  if (tls.verify === 'none') return { address, port, check, tls: name };
  // A bundle that is not there trusts nobody, as an empty one does.
  return {
    address,
    port,
    check,
    tls: { ...name, authorities: authorities.get(tls.authorityFile) ?? [] },
  };
}
