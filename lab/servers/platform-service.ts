import { platformConfigSchema, readConfig } from './config.ts';
import { sendJson } from './json.ts';
import { serve } from './serve.ts';

/**
 * The Platform Service: knows the registered client applications and the users.
 * `GET /clients/{id}`, `GET /users/{id}`.
 */
const config = await readConfig(platformConfigSchema);
const clients = new Map(config.clients.map((client) => [client.client_id, client]));
const users = new Map(config.users.map((user) => [user.id, user]));

await serve({
  ...config,
  handle: (request, response) => {
    const [, collection, id] = (request.url ?? '/').split('/').map(decodeURIComponent);
    const found =
      collection === 'clients'
        ? clients.get(id ?? '')
        : collection === 'users'
          ? users.get(id ?? '')
          : undefined;
    if (request.method !== 'GET' || found === undefined) sendJson(response, 404, {});
    else sendJson(response, 200, found);
  },
});
