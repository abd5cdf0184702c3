import { Agent } from 'undici';
import { hostname } from '../place.ts';
import { forwarded, nextServer, nodeFront } from './node-front.ts';

/** A proxy with the pools of undici: the least that Node does for a request and its answer. */
const front = nodeFront();
const kept = { keepAliveTimeout: 60_000, connections: 256, pipelining: 1 };
const agents = {
  plain: new Agent(kept),
  tls: new Agent({ ...kept, connect: { ca: front.ca, servername: hostname } }),
};
/** Of one connection, so not passed on. */
const own = new Set(['connection', 'keep-alive', 'transfer-encoding', 'forwarded', 'expect']);

for (const door of ['offload', 'rsa', 'bridging'] as const) {
  const [scheme, agent] = door === 'bridging' ? ['https', agents.tls] : ['http', agents.plain];
  front.listen(door, (request, response) => {
    const headers: Record<string, string | string[] | undefined> = {};
    for (const [name, value] of Object.entries(request.headers)) if (!own.has(name)) headers[name] = value;
    Object.assign(headers, forwarded(request, door));
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    agent
      .stream(
        {
          origin: `${scheme}://${nextServer()}`,
          path: request.url ?? '/',
          method: request.method as 'GET',
          headers,
          body: hasBody ? request : null,
          opaque: response,
        },
        ({ statusCode, headers: answered }) => {
          for (const name of own) delete answered[name];
          response.writeHead(statusCode, answered);
          return response;
        },
      )
      .catch(() => response.destroy());
  });
}
