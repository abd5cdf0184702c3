/** Bytes on an HTTP/1.1 connection, and what of them may arrive at a server. */
export interface HostileCase {
  readonly name: string;
  /** Latin-1, one character a byte. */
  readonly bytes: string;
}

export const hostname = 'mtrestapis-live01.stelsewhere.example';
export const host = `Host: ${hostname}`;

/** What must never become a request of its own when it stands behind something doubtful. */
export const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n\r\n`;

export function post(lines: readonly string[], body: string): string {
  return ['POST /case HTTP/1.1', host, ...lines, '', body].join('\r\n');
}

export function get(lines: readonly string[], first = 'GET /case HTTP/1.1'): string {
  return [first, host, ...lines, '', ''].join('\r\n');
}
