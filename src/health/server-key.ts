/** One server of one backend, as a key of a map. */
export function keyOf(backend: string, server: string): string {
  // Neither can have a slash in haproxy.cfg.
  return `${backend}/${server}`;
}
