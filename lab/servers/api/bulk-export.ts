import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sendJson } from '../json.ts';
import type { ApiServer } from './context.ts';
import type { Exchange } from './exchange.ts';
import { outcomeOf } from './fhir.ts';

const JOB_SECONDS = 3_600;
/** How long a job is "in progress"; the first poll of a quick client sees 202. */
const BUSY_MS = 300;
const MAXIMUM_BYTES = 2_000_000_000;

interface Output {
  readonly type: string;
  readonly url: string;
  readonly sha256: string;
}
interface Job {
  readonly request: string;
  readonly readyAt: number;
  readonly output: readonly Output[];
}

/** `Patient/$export`, `Group/{id}/$export` and `$export`. */
export function isExportKickOff(path: string): boolean {
  return /^(?:Patient\/|Group\/[^/]+\/)?\$export$/.test(path);
}

/**
 * Starts an export: the resources go to the File Library as NDJSON files. The lab's own parameter `_labBytes=N` asks
 * instead for one made-up file of N bytes, to have a download as long as wanted.
 */
export async function startExport(
  server: ApiServer,
  exchange: Exchange,
  origin: string,
  query: string,
): Promise<void> {
  const id = randomUUID();
  const parameters = new URLSearchParams(query);
  const bytes = Number(parameters.get('_labBytes') ?? 0);
  if (!Number.isInteger(bytes) || bytes < 0 || (bytes > 0 && bytes < 128) || bytes > MAXIMUM_BYTES) {
    sendJson(exchange.response, 400, outcomeOf('not-found', '_labBytes is a number from 128 to 2000000000'));
    return;
  }
  const output =
    bytes > 0
      ? [await synthetic(server, origin, bytes)]
      : await dump(server, origin, id, parameters.get('_type') ?? 'Patient');
  const job: Job = { request: origin + exchange.target, readyAt: Date.now() + BUSY_MS, output };
  const expiresAt = Date.now() + JOB_SECONDS * 1000;
  await server.dependencies.changeCache({ kind: 'put', key: `export:${id}`, value: job, expiresAt });
  server.dependencies.report('export');
  exchange.response.setHeader('content-location', `${origin}/v1/bulk/status/${id}`);
  exchange.response.writeHead(202, { 'content-length': 0 }).end();
}

async function synthetic(server: ApiServer, origin: string, bytes: number): Promise<Output> {
  const path = `/synthetic/${bytes}/sha256`;
  const { sha256 } = (await server.dependencies.json('fileLibrary', { method: 'GET', path })) as {
    sha256: string;
  };
  return { type: 'Binary', url: `${origin}/v1/bulk/synthetic/${bytes}`, sha256 };
}

async function dump(server: ApiServer, origin: string, job: string, types: string): Promise<Output[]> {
  return Promise.all(
    types.split(',').map(async (type) => {
      const name = `${job}.${type}.ndjson`;
      const found = await server.fhir.everyResource(type);
      const lines = Readable.from(found.map((resource) => `${JSON.stringify(resource)}\n`));
      const { sha256 } = await server.dependencies.storeFile(name, lines);
      return { type, url: `${origin}/v1/bulk/files/${name}`, sha256 };
    }),
  );
}

/** `/v1/bulk/status/{job}`, `/v1/bulk/files/{name}`, `/v1/bulk/synthetic/{bytes}`. */
export async function answerBulk(server: ApiServer, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const [, , , kind, name = ''] = exchange.target.split('/');
  if (kind === 'status') {
    const job = (await server.dependencies.cached(`export:${name}`)) as Job | undefined;
    if (job === undefined) {
      sendJson(response, 404, outcomeOf('not-found', 'no such export'));
    } else if (request.method === 'DELETE') {
      await server.dependencies.changeCache({ kind: 'drop', key: `export:${name}` });
      response.writeHead(202, { 'content-length': 0 }).end();
    } else if (Date.now() < job.readyAt) {
      response.setHeader('retry-after', '1');
      response.setHeader('x-progress', 'writing files');
      response.writeHead(202, { 'content-length': 0 }).end();
    } else {
      const output = job.output.map(({ type, url, sha256 }) => ({ type, url, extension: { sha256 } }));
      sendJson(response, 200, {
        transactionTime: new Date(job.readyAt).toISOString(),
        request: job.request,
        requiresAccessToken: true,
        output,
        error: [],
      });
    }
    return;
  }
  const file = await server.dependencies.fetchFile(`/${kind}/${name}`);
  if (file === undefined) {
    sendJson(response, 404, outcomeOf('not-found', 'no such file'));
    return;
  }
  response.writeHead(200, {
    'content-type': 'application/fhir+ndjson',
    'content-length': file.headers['content-length'],
  });
  await pipeline(file, response);
}
