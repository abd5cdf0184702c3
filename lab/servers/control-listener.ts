import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { faultSchema } from '../fault-kinds.ts';
import { readJson, sendJson } from './json.ts';
import { type ServeOptions, type Serving, urlOf } from './serve.ts';

/**
 * Opens the control address of a process on a free port of its own loopback address:
 * `POST /fault`, `GET /fault`, `DELETE /fault`, `GET /stats`. It never suffers from the fault.
 */
export async function listenForControl(options: ServeOptions, serving: Serving): Promise<string> {
  const server = createServer((request, response) => {
    control(request, response).catch((error: unknown) => {
      sendJson(response, 400, { detail: error instanceof Error ? error.message : String(error) });
    });
  });
  async function control(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (`${request.method} ${request.url}`) {
      case 'POST /fault': {
        const parsed = faultSchema.safeParse(await readJson(request));
        const refusal = parsed.success
          ? await serving.faults.set(parsed.data, options.role)
          : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
        if (refusal === undefined) sendJson(response, 200, { fault: serving.faults.current });
        else sendJson(response, 400, { detail: refusal });
        return;
      }
      case 'GET /fault':
        sendJson(response, 200, { fault: serving.faults.current });
        return;
      case 'DELETE /fault':
        await serving.faults.clear();
        sendJson(response, 200, {});
        return;
      case 'GET /stats':
        sendJson(response, 200, serving.stats.report());
        return;
      default:
        sendJson(response, 404, { detail: 'POST /fault, GET /fault, DELETE /fault, GET /stats' });
    }
  }
  server.listen(0, options.address);
  await once(server, 'listening');
  return urlOf(server);
}
