import fc from 'fast-check';
import type { BackendIr, FrontendIr, HaproxyIr } from '../../src/ir/haproxy.ts';

/** Text that is made to break out: quotes, blanks, comments, variables, line ends, conditions, format items. */
export const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        '\\',
        ' ',
        '#',
        '$HOME',
        '${HOME}',
        '%',
        '%[src]',
        ']',
        '[',
        '}',
        '{',
        ')',
        '(',
        ',',
        '\n',
        '\r',
        '\t',
        '\0',
        'x\n  bind :1',
        "' if TRUE",
        '-f /etc/passwd',
        '!',
        '||',
        '%%',
        '\\x0a',
        '\\n',
        'é',
        '\u2028',
        '\u0085',
        '--',
        '/',
        'a',
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);

type Change = (ir: HaproxyIr, text: string) => HaproxyIr;

/** Every place of the intermediate form that holds text. */
export const places: Readonly<Record<string, Change>> = {
  'host of a check': withBackend((backend, text) =>
    backend.check.kind === 'tcp'
      ? backend
      : { ...backend, check: { ...backend.check, request: { ...backend.check.request, host: text } } },
  ),
  'path of a check': withBackend((backend, text) =>
    backend.check.kind === 'tcp'
      ? backend
      : { ...backend, check: { ...backend.check, request: { ...backend.check.request, path: `/${text}` } } },
  ),
  'sni of a check': withBackend((backend, text) =>
    backend.check.kind === 'https' ? { ...backend, check: { ...backend.check, sni: text } } : backend,
  ),
  'name of the servers': withBackend((backend, text) =>
    backend.tls === undefined ? backend : { ...backend, tls: { ...backend.tls, serverName: text } },
  ),
  'name of a server': withBackend((backend, text) => ({
    ...backend,
    servers: backend.servers.map((one) => ({ ...one, name: text })),
  })),
  'address of a server': withBackend((backend, text) => ({
    ...backend,
    servers: backend.servers.map((one) => ({ ...one, address: text })),
  })),
  'name of a cookie': withBackend((backend, text) =>
    backend.persistence.kind === 'cookie'
      ? { ...backend, persistence: { ...backend.persistence, name: text } }
      : backend,
  ),
  'name of a backend': withBackend((backend, text) => ({ ...backend, name: text })),
  'name of a frontend': withFrontend((frontend, text) => ({ ...frontend, name: text })),
  'address of a listener': withFrontend((frontend, text) => ({
    ...frontend,
    binds: frontend.binds.map((bind) => ({ ...bind, address: text, name: text })),
  })),
  'host names': withFrontend((frontend, text) =>
    frontend.behaviour.kind === 'redirect'
      ? { ...frontend, behaviour: { ...frontend.behaviour, hostnames: [text, 'b.example'] } }
      : frontend,
  ),
  'FHIR paths': withFrontend((frontend, text) =>
    frontend.behaviour.kind === 'serve'
      ? {
          ...frontend,
          behaviour: {
            ...frontend.behaviour,
            errors: { ...frontend.behaviour.errors, fhirPaths: [`/${text}`] },
          },
        }
      : frontend,
  ),
  'path words': withFrontend((frontend, text) => ({
    ...frontend,
    accessLog: { ...frontend.accessLog, pathWords: [text, 'Patient'] },
  })),
  'request id header': withFrontend((frontend, text) => ({
    ...frontend,
    accessLog: { ...frontend.accessLog, requestIdHeader: text },
  })),
  account: (ir, text) => ({ ...ir, global: { ...ir.global, account: { user: text, group: text } } }),
  'runtime paths': (ir, text) => ({
    ...ir,
    global: {
      ...ir.global,
      runtime: {
        adminSocket: `/${text}`,
        identitySocket: `/${text}`,
        peersSocket: `/${text}`,
        hopSocket: `/${text}`,
        serverStateFile: `/${text}`,
      },
    },
  }),
  'companion files': (ir, text) => ({ ...ir, files: ir.files.map((file) => ({ ...file, path: text })) }),
  networks: (ir, text) => ({
    ...ir,
    files: ir.files.map((file) => (file.kind === 'networks' ? { ...file, networks: [text] } : file)),
  }),
  authorities: (ir, text) => ({
    ...ir,
    files: ir.files.map((file) => (file.kind === 'authority' ? { ...file, certificates: [text] } : file)),
  }),
};

function withBackend(change: (backend: BackendIr, text: string) => BackendIr): Change {
  return (ir, text) => ({ ...ir, backends: ir.backends.map((backend) => change(backend, text)) });
}

function withFrontend(change: (frontend: FrontendIr, text: string) => FrontendIr): Change {
  return (ir, text) => ({ ...ir, frontends: ir.frontends.map((frontend) => change(frontend, text)) });
}
