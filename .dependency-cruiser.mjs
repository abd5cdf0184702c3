// Who may import whom in src/. Each rule has a fixture under test/guards/fixtures/boundaries which must break it.

/** Rooms in import order: a room sees those on the lines above it, itself, and no other. */
const levels = [
  ['kernel'],
  ['model'],
  ['blueprints', 'ir', 'pki'],
  ['declaration', 'compile', 'render', 'plan'],
  ['dataplane', 'store'],
  ['reconcile', 'observe', 'access', 'health'],
  ['contract'],
  ['api', 'cli'],
  ['daemon'],
];

/** What may be asked of the machinery that carries the traffic, by whoever works with any of them. */
const ports = ['dataplane/port\\.ts$', 'dataplane/probe-port\\.ts$', 'dataplane/counters-port\\.ts$'];

/** Rooms that see less than their level allows. Paths below src/. */
const narrowed = {
  // The bytes depend on the intermediate form alone, so a golden of the one fixes the other.
  render: ['kernel/', 'ir/', 'render/'],
  // The faces speak the contract's words; only the daemon joins them to a data plane.
  api: roomsUpTo('api')
    .filter((room) => room !== 'dataplane')
    .map((room) => `${room}/`),
  cli: roomsUpTo('cli')
    .filter((room) => room !== 'dataplane')
    .map((room) => `${room}/`),
  // Whatever walks the road of a change works with any data plane, the fake one included.
  reconcile: roomsUpTo('reconcile').flatMap((room) => (room === 'dataplane' ? ports : `${room}/`)),
  // So does whatever judges the health of servers.
  health: roomsUpTo('health').flatMap((room) => (room === 'dataplane' ? ports : `${room}/`)),
};

/** Rooms without effects: same input, same bytes. */
const pure = ['kernel', 'model', 'blueprints', 'ir', 'pki', 'declaration', 'compile', 'render', 'plan'];

/** npm packages by room; what is not here is nowhere. A new line needs an ADR. */
const packages = {
  model: ['zod', 'ipaddr.js'],
  blueprints: ['zod'],
  pki: ['node-forge', 'ipaddr.js'],
  declaration: ['zod', 'yaml', 'fastest-levenshtein'],
  store: ['zod'],
  contract: ['zod', 'diff'],
  api: ['zod', 'fastify', '@fastify/swagger', 'fastify-type-provider-zod'],
  cli: [
    'zod',
    'yaml',
    'commander',
    '@commander-js/extra-typings',
    '@clack/prompts',
    'cli-table3',
    'picocolors',
    'fastest-levenshtein',
  ],
};

/** Node's modules without effects, which a pure room may use. */
const effectless = ['buffer', 'path', 'path/posix', 'querystring', 'string_decoder', 'url', 'util'];

/** Node's modules that reach outside the process, and the only files that may use them. */
const monopolies = [
  {
    name: 'fs',
    modules: 'fs(/promises)?',
    allowed: '^src/((dataplane|store|daemon|cli)/|api/serve-on\\.ts$)',
  },
  { name: 'child-process', modules: 'child_process', allowed: '^src/dataplane/system/(exec|spawn)\\.ts$' },
  {
    name: 'socket',
    modules: 'net|tls|dgram|https?|http2',
    allowed: '^src/((dataplane|api|cli)/|store/shared/etcd/)',
  },
  { name: 'sqlite', modules: 'sqlite', allowed: '^src/store/' },
];

const rooms = levels.flat();
/** Tests, and what only tests use. */
const tests = '(\\.test|-fixture)\\.ts$';

function roomsUpTo(room) {
  const level = levels.findIndex((names) => names.includes(room));
  return [...levels.slice(0, level).flat(), room];
}

function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

function layer(room) {
  const seen = narrowed[room] ?? roomsUpTo(room).map((name) => `${name}/`);
  return forbid(
    `layer-${room}`,
    `${room} imports only ${seen.join(' ')}`,
    { path: `^src/${room}/` },
    { path: '^src/', pathNot: `^src/(${seen.join('|')})` },
  );
}

function packagesOf(room) {
  const allowed = (packages[room] ?? []).map((name) => name.replaceAll('.', '\\.'));
  return forbid(
    `packages-${room}`,
    `${room} uses of npm only: ${(packages[room] ?? ['nothing']).join(' ')}`,
    { path: `^src/${room}/`, pathNot: tests },
    {
      // What cannot be resolved counts too, else a rule is blind on a machine without node_modules.
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'unknown'],
      // A relative import that cannot be resolved is for the compiler to report.
      pathNot: [
        '^\\.\\.?/(?!.*node_modules/)',
        ...(allowed.length > 0 ? [`(^|node_modules/)(@types/)?(${allowed.join('|')})(/|$)`] : []),
      ],
    },
  );
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...rooms.map(layer),
    ...rooms.map(packagesOf),
    forbid(
      'known-rooms',
      'a new folder in src/ needs its place in the import order',
      {},
      { path: '^src/.+/', pathNot: `^src/(${rooms.join('|')})/` },
    ),
    forbid(
      'pure-rooms',
      'a pure room has no file, socket, process or clock',
      { path: `^src/(${pure.join('|')})/`, pathNot: tests },
      { dependencyTypes: ['core'], pathNot: `^(node:)?(${[...effectless, 'crypto'].join('|')})$` },
    ),
    forbid(
      'crypto-monopoly',
      'of the pure rooms only pki, and the digest in kernel, use node:crypto',
      { path: `^src/(${pure.join('|')})/`, pathNot: ['^src/pki/', '^src/kernel/digest\\.ts$', tests] },
      { dependencyTypes: ['core'], path: '^(node:)?crypto$' },
    ),
    ...monopolies.map(({ name, modules, allowed }) =>
      forbid(
        `${name}-monopoly`,
        `only ${allowed} may use ${modules}`,
        { path: '^src/', pathNot: [allowed, `^src/(${pure.join('|')})/`, tests] },
        { dependencyTypes: ['core'], path: `^(node:)?(${modules})$` },
      ),
    ),
    forbid('no-cycles', 'two files that need each other are one file, or three', {}, { circular: true }),
    forbid(
      'src-alone',
      'the product does not import what surrounds it',
      { path: '^src/' },
      { path: '^(test|lab|web|scripts)/' },
    ),
    forbid(
      'no-test-imports',
      'a test is not a library',
      { path: '^(src|lab|web|scripts)/', pathNot: tests },
      { path: tests },
    ),
    forbid(
      'lab-outside',
      'the lab uses the public command and API only',
      { path: '^lab/' },
      { path: '^src/' },
    ),
    forbid(
      'web-sees-contract',
      'the console knows the contract only',
      { path: '^web/' },
      { path: '^src/', pathNot: '^src/contract/' },
    ),
  ],
  options: {
    // Type imports count: they tie files together as much as values do.
    tsPreCompilationDeps: true,
    parser: 'tsc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)fixtures/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
