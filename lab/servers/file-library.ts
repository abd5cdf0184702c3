import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256Of, syntheticNdjson } from '../ndjson.ts';
import { fileLibraryConfigSchema, readConfig } from './config.ts';
import { sendJson } from './json.ts';
import { serve } from './serve.ts';

/**
 * The File Library: documents and bulk export files.
 * `PUT /files/{name}` stores a body of any length, `GET /files/{name}` sends it back;
 * `GET /synthetic/{bytes}` streams made-up lines of that exact length, `GET /synthetic/{bytes}/sha256` their digest.
 */
const config = await readConfig(fileLibraryConfigSchema);
await mkdir(config.storage, { recursive: true });
const digests = new Map<number, string>();

await serve({
  ...config,
  handle: async (request, response) => {
    const [, collection, name = '', what] = (request.url ?? '/').split('/');
    const file = join(config.storage, name.replaceAll(/[^A-Za-z0-9._-]/g, '_'));
    if (request.method === 'PUT' && collection === 'files') {
      const hash = createHash('sha256');
      let size = 0;
      const measure = new Transform({
        transform: (chunk: Buffer, _encoding, done) => {
          hash.update(chunk);
          size += chunk.length;
          done(undefined, chunk);
        },
      });
      await pipeline(request, measure, createWriteStream(file, { mode: 0o600 }));
      sendJson(response, 201, { size, sha256: hash.digest('hex') });
    } else if (request.method === 'GET' && collection === 'files') {
      const found = await stat(file).catch(() => undefined);
      if (found === undefined) {
        sendJson(response, 404, {});
        return;
      }
      response.writeHead(200, { 'content-length': found.size });
      await pipeline(createReadStream(file), response);
    } else if (request.method === 'GET' && collection === 'synthetic' && /^\d{1,10}$/.test(name)) {
      const size = Number(name);
      if (what === 'sha256') {
        const sha256 = digests.get(size) ?? sha256Of(syntheticNdjson(size));
        digests.set(size, sha256);
        sendJson(response, 200, { sha256 });
        return;
      }
      response.writeHead(200, { 'content-length': size });
      await pipeline(Readable.from(syntheticNdjson(size)), response);
    } else {
      sendJson(response, 404, {});
    }
  },
});
