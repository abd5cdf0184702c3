import { hop } from '../../ir/hop.ts';

/**
 * What a haproxy.cfg of ours binds and serves, read back from the file: the file is what HAProxy obeys, and the
 * outline of an earlier generation is needed too. Understands what the renderer writes, not the whole language.
 */
export interface Outline {
  /** The limit of connections of the process; absent when HAProxy chooses. */
  readonly maxConnections?: number;
  /** How many of these are HAProxy's own, for the hop of writes. */
  readonly hopConnections: number;
  readonly frontends: readonly string[];
  /** Only listeners on addresses; unix sockets are private to us. */
  readonly binds: readonly OutlineBind[];
  readonly servers: readonly OutlineServer[];
  /** Of all tables together. */
  readonly stickEntries: number;
}

export interface OutlineBind {
  readonly line: number;
  readonly address: string;
  readonly port: number;
  /** May be bound although the address is not on this machine, as virtual addresses of a pair are. */
  readonly transparent: boolean;
  readonly ipv6Only: boolean;
  /** To clients. */
  readonly tls: boolean;
}

export interface OutlineServer {
  readonly line: number;
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** 0 is drained. */
  readonly weight: number;
  readonly disabled: boolean;
  /** All that makes it this server; weight, maintenance and comments aside: equal text, same server. */
  readonly definition: string;
}

const sections = new Set([
  'global',
  'defaults',
  'frontend',
  'backend',
  'listen',
  'peers',
  'userlist',
  'resolvers',
  'cache',
  'ring',
  'program',
  'http-errors',
  'mailers',
  'log-forward',
  'fcgi-app',
  'crt-store',
  'traces',
  'log-profile',
  'acme',
]);

export function readOutline(text: string): Outline {
  const frontends: string[] = [];
  const binds: OutlineBind[] = [];
  const servers: OutlineServer[] = [];
  let maxConnections: number | undefined;
  let hopConnections = 0;
  let stickEntries = 0;
  let section = '';
  let name = '';
  let serverDefaults = '';
  for (const [index, content] of text.split('\n').entries()) {
    const [keyword, ...rest] = words(content);
    if (keyword === undefined) continue;
    const line = index + 1;
    if (sections.has(keyword)) {
      section = keyword;
      name = rest[0] ?? '';
      serverDefaults = '';
      if (section === 'frontend' || section === 'listen') frontends.push(name);
    } else if (keyword === 'maxconn' && section === 'global') {
      maxConnections = Number(rest[0]);
    } else if (keyword === 'maxconn' && section === 'frontend' && name === hop) {
      hopConnections = Number(rest[0]);
    } else if (keyword === 'stick-table') {
      stickEntries += Number(rest[rest.indexOf('size') + 1]);
    } else if (keyword === 'bind') {
      const bind = readBind(rest, line);
      // Nodes of a pair are no clients.
      if (bind !== undefined) binds.push(section === 'peers' ? { ...bind, tls: false } : bind);
    } else if (keyword === 'default-server') {
      serverDefaults += ` ${rest.join(' ')}`;
    } else if (keyword === 'server' && (section === 'backend' || section === 'listen')) {
      servers.push({ line, backend: name, ...readServer([...rest, ...words(serverDefaults)]) });
    }
  }
  return {
    ...(maxConnections === undefined ? {} : { maxConnections }),
    hopConnections,
    frontends,
    binds,
    servers,
    stickEntries,
  };
}

function readBind([where = '', ...options]: readonly string[], line: number): OutlineBind | undefined {
  const match = /^(?:ipv[46]@)?(?:\[([0-9a-fA-F:.]+)\]|([0-9a-fA-F:.]*|\*)):(\d+)$/.exec(where);
  if (match === null) return undefined;
  const address = match[1] ?? match[2] ?? '';
  return {
    line,
    address: address === '' || address === '*' ? '0.0.0.0' : address,
    port: Number(match[3]),
    transparent: options.includes('transparent'),
    ipv6Only: options.includes('v6only'),
    tls: options.includes('ssl'),
  };
}

function readServer(parts: readonly string[]): Omit<OutlineServer, 'line' | 'backend'> {
  const [name = '', where = ''] = parts;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d+)$/.exec(where);
  const weightAt = parts.indexOf('weight');
  const definition = parts.filter(
    (part, index) => part !== 'disabled' && part !== 'weight' && parts[index - 1] !== 'weight',
  );
  return {
    name,
    address: match?.[1] ?? match?.[2] ?? where,
    port: Number(match?.[3] ?? 0),
    weight: weightAt < 0 ? 1 : Number(parts[weightAt + 1]),
    disabled: parts.includes('disabled'),
    definition: definition.join(' '),
  };
}

/** Words of a line, with quotes left in place: they are compared, not used. */
function words(line: string): string[] {
  return line
    .replace(/^\s*#.*|\s+#.*$/, '')
    .split(/\s+/)
    .filter((part) => part !== '');
}
