import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { sendJson } from '../json.ts';
import type { ApiServer } from './context.ts';
import type { Exchange } from './exchange.ts';

/** `POST /v1/documents` takes a body of any length and framing, `GET /v1/documents/{id}` gives it back. */
export async function answerDocuments(server: ApiServer, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const id = exchange.target.split('/')[3];
  if (request.method === 'POST' && id === undefined) {
    const name = randomUUID();
    const { size, sha256 } = await server.dependencies.storeFile(name, request);
    sendJson(response, 201, { id: name, size, sha256, server: server.config.name });
    return;
  }
  const file =
    request.method === 'GET' && id !== undefined
      ? await server.dependencies.fetchFile(`/files/${id}`)
      : undefined;
  if (file === undefined) {
    sendJson(response, 404, { resource: 'document', detail: 'not found' });
    return;
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': file.headers['content-length'],
  });
  await pipeline(file, response);
}
