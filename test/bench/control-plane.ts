/**
 * How long the pure half of the road takes, and how much memory it needs: text to draft, to Configuration, to the
 * form of HAProxy, to files. A program, not a test, because times depend on the machine:
 *
 *     node test/bench/control-plane.ts [--chart FILE.svg] [SERVICES ...]
 *
 * Each size runs in a process of its own, so that peak memory is that of one run from a cold start.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COLOURS } from '../../lab/scenario/report/canvas.ts';
import { alignedTable } from '../../scripts/docs/aligned-table.ts';
import { compile } from '../../src/compile/compile.ts';
import { configure } from '../../src/declaration/configure.ts';
import { readDraft } from '../../src/declaration/draft.ts';
import { filesNeeded } from '../../src/declaration/files.ts';
import { formatDiagnostic } from '../../src/kernel/diagnostic.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import { runtimeNowhere } from '../../src/model/node-fixture.ts';
import { authority, OpensslFixture, server } from '../../src/pki/openssl-fixture.ts';
import { render } from '../../src/render/render.ts';
import { readFiles } from '../../src/store/declaration-files.ts';
import { type Curve, curvesPicture } from './curves.ts';

const steps = ['draft', 'configure', 'compile', 'render'] as const;

interface Measured {
  readonly services: number;
  readonly characters: number;
  readonly milliseconds: Readonly<Record<(typeof steps)[number], number>>;
  /** Peak resident memory of the process, and what of it Node takes with all modules loaded, in MiB. */
  readonly peak: number;
  readonly before: number;
}

const node: NodeFacts = {
  runtime: runtimeNowhere,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { one: { type: 'string' }, directory: { type: 'string' }, chart: { type: 'string' } },
});
if (values.one !== undefined && values.directory !== undefined) {
  process.stdout.write(JSON.stringify(await measure(Number(values.one), values.directory)));
} else {
  const sizes = positionals.length === 0 ? [10, 30, 100, 300, 1000, 5000] : positionals.map(Number);
  const all = compareSizes(sizes);
  if (values.chart !== undefined) writeFileSync(values.chart, pictureOf(all));
}

function compareSizes(sizes: readonly number[]): Measured[] {
  const directory = mkdtempSync(join(tmpdir(), 'aorta-bench-'));
  try {
    makeCertificate(directory);
    const rows: (string | number)[][] = [];
    const all: Measured[] = [];
    for (const size of sizes) {
      const measured = measureApart(size, directory);
      all.push(measured);
      const times = steps.map((step) => measured.milliseconds[step]);
      const total = times.reduce((sum, time) => sum + time, 0);
      rows.push([
        size,
        Math.round(measured.characters / 1024),
        ...times.map((time) => time.toFixed(0)),
        total.toFixed(0),
        ((total * 1000) / size).toFixed(0),
        measured.peak.toFixed(0),
        measured.before.toFixed(0),
      ]);
    }
    const heads = ['services', 'file KiB', ...steps.map((step) => `${step} ms`), 'total ms', 'µs/service'];
    console.log(alignedTable([...heads, 'peak MiB', 'of it Node'], rows));
    return all;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function pictureOf(all: readonly Measured[]): string {
  const curve = (name: string, colour: string, y: (measured: Measured) => number): Curve => ({
    ...{ name, colour },
    points: all.map((measured) => [measured.services, y(measured)]),
  });
  const colours = ['#c4161c', '#f28e2b', '#9467bd', '#2a7d3f'];
  const total = ({ milliseconds }: Measured) => steps.reduce((sum, step) => sum + milliseconds[step], 0);
  return curvesPicture('From text to files, each size from a cold start', 'services of four servers', [
    {
      title: 'Time',
      ticks: [
        ...([1, 10, 100].map((ms) => [ms, `${ms} ms`]) as [number, string][]),
        ...([1, 10].map((seconds) => [1_000 * seconds, `${seconds} s`]) as [number, string][]),
      ],
      curves: [
        curve('total', COLOURS.ink, total),
        ...steps.map((step, index) =>
          curve(step, colours[index] ?? COLOURS.faint, ({ milliseconds }) => milliseconds[step]),
        ),
      ],
    },
    {
      title: 'Peak memory of the process',
      ticks: [64, 128, 256, 512].map((mebibytes) => [mebibytes, `${mebibytes} MiB`]),
      curves: [curve('peak', COLOURS.ink, ({ peak }) => peak)],
    },
  ]);
}

function measureApart(size: number, directory: string): Measured {
  const program = fileURLToPath(import.meta.url);
  const output = execFileSync(
    process.execPath,
    ['--max-semi-space-size=4', program, '--one', String(size), '--directory', directory],
    {
      encoding: 'utf8',
      maxBuffer: 1024 * 1024,
    },
  );
  return JSON.parse(output) as Measured;
}

async function measure(services: number, directory: string): Promise<Measured> {
  const text = declaration(services);
  const before = process.resourceUsage().maxRSS / 1024;
  const milliseconds = { draft: 0, configure: 0, compile: 0, render: 0 };
  const timed = <T>(step: (typeof steps)[number], work: () => T): T => {
    const start = performance.now();
    const result = work();
    milliseconds[step] = performance.now() - start;
    return result;
  };
  const draft = timed('draft', () => readDraft(text, 'aorta.yaml'));
  if (!draft.ok) throw new Error(draft.error.map(formatDiagnostic).join('\n'));
  const files = await readFiles(filesNeeded(draft.value), directory);
  const { configuration, diagnostics } = timed('configure', () => configure(draft.value, files, Date.now()));
  if (configuration === undefined) throw new Error(diagnostics.slice(0, 5).map(formatDiagnostic).join('\n'));
  const ir = timed('compile', () => compile(configuration, node));
  timed('render', () => render(ir));
  return {
    services,
    characters: text.length,
    milliseconds,
    peak: process.resourceUsage().maxRSS / 1024,
    before,
  };
}

/** Services of four servers each, with TLS on both sides, a redirect and an http check; one certificate for all. */
function declaration(services: number): string {
  const one = (index: number): string => {
    const [a, b] = [Math.floor(index / 250), index % 250];
    const address = `10.1.${a}.${b}`;
    return `  service-${index}:
    hostnames: [service-${index}.stelsewhere.example]
    listeners:
      - { protocol: https, address: ${address}, port: 443, certificates: [all] }
      - { protocol: redirect, address: ${address}, port: 80 }
    pool:
      servers:
        one: { address: 10.2.${a}.${b}, port: 443 }
        two: { address: 10.3.${a}.${b}, port: 443 }
        three: { address: 10.4.${a}.${b}, port: 443 }
        four: { address: 10.5.${a}.${b}, port: 443 }
      healthCheck: { type: https, path: /health, interval: 5s }
      tls: { verify: required, authority: hospital, serverName: service-${index}.stelsewhere.example }
`;
  };
  return `aorta: v1
site: St. Elsewhere
certificates:
  all: { pem: all.pem }
authorities:
  hospital: { ca: ca.pem }
virtualServices:
${Array.from({ length: services }, (_none, index) => one(index)).join('')}`;
}

function makeCertificate(directory: string): void {
  const pki = new OpensslFixture();
  try {
    const root = pki.issue({ subject: '/CN=Synthetic Root', extensions: authority });
    const leaf = pki.issue({ subject: '/CN=all', issuer: root, extensions: server('*.stelsewhere.example') });
    writeFileSync(join(directory, 'all.pem'), leaf.certificate + leaf.key, { mode: 0o600 });
    writeFileSync(join(directory, 'ca.pem'), root.certificate);
  } finally {
    pki.close();
  }
}
