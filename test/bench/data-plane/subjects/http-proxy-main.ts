import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { createProxyServer } from 'http-proxy-3';
import { hostname } from '../place.ts';
import { forwarded, nextServer, nodeFront } from './node-front.ts';

/** A proxy with http-proxy-3, connections to servers kept. */
const front = nodeFront();
const kept = { keepAlive: true, maxFreeSockets: 256 };
const agents = { plain: new Agent(kept), tls: new TlsAgent({ ...kept, ca: front.ca, servername: hostname }) };

for (const door of ['offload', 'rsa', 'bridging'] as const) {
  const [scheme, agent] = door === 'bridging' ? ['https', agents.tls] : ['http', agents.plain];
  const proxy = createProxyServer({ agent, secure: true });
  proxy.on('error', (_error, _request, response) => response.destroy());
  front.listen(door, (request, response) => {
    proxy.web(request, response, {
      target: `${scheme}://${nextServer()}`,
      headers: forwarded(request, door),
    });
  });
}
