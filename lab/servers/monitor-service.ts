import { z } from 'zod';
import { monitorConfigSchema, readConfig } from './config.ts';
import { readJson, sendJson } from './json.ts';
import { serve } from './serve.ts';

/** The Monitor Service: takes events from the API servers and counts them. `POST /events`, `GET /events`. */
const config = await readConfig(monitorConfigSchema);
const eventsSchema = z.strictObject({
  server: z.string(),
  events: z.array(z.strictObject({ kind: z.string(), count: z.int() })),
});
const counts = new Map<string, Map<string, number>>();

await serve({
  ...config,
  handle: async (request, response) => {
    if (request.method === 'POST' && request.url === '/events') {
      const { server, events } = eventsSchema.parse(await readJson(request));
      const ofServer = counts.get(server) ?? new Map<string, number>();
      counts.set(server, ofServer);
      for (const { kind, count } of events) ofServer.set(kind, (ofServer.get(kind) ?? 0) + count);
      sendJson(response, 202, {});
    } else if (request.method === 'GET' && request.url === '/events') {
      const report = [...counts].map(([server, ofServer]) => [server, Object.fromEntries(ofServer)] as const);
      sendJson(response, 200, Object.fromEntries(report));
    } else {
      sendJson(response, 404, {});
    }
  },
});
