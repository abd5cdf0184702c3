import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { faultSchema } from '../fault-kinds.ts';
import type { FaultInjector } from './fault.ts';
import { readJson, sendJson } from './json.ts';
import type { Stats } from './stats.ts';

/** What the control address reaches. */
export interface Serving {
  readonly faults: FaultInjector;
  readonly stats: Stats;
}

/**
 * Opens the control address of a process on a free port of its own loopback address:
 * `POST /fault`, `GET /fault`, `DELETE /fault`, `GET /stats`. It never suffers from the fault.
 */
export async function listenForControl(
  process: { readonly role: string; readonly address: string },
  serving: Serving,
): Promise<string> {
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
          ? await serving.faults.set(parsed.data, process.role)
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
  server.listen(0, process.address);
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return `http://${address}:${port}`;
}
