import { sendJson } from '../json.ts';
import { splitFhirTarget } from './bases.ts';
import { answerBulk, isExportKickOff, startExport } from './bulk-export.ts';
import type { ApiServer } from './context.ts';
import { Unreachable } from './dependencies.ts';
import { smartConfiguration } from './discovery.ts';
import { answerDocuments } from './documents.ts';
import { answerEcho } from './echo.ts';
import type { Exchange } from './exchange.ts';
import { outcomeOf } from './fhir.ts';
import { withSecurity } from './metadata.ts';
import { LOGIN_PATH } from './oauth.ts';
import { canonicalOrigin, originWithPort, publicOrigin } from './public-origin.ts';
import { type RequestNotes, requestNotes } from './request-notes.ts';

const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, accept, prefer, if-match, if-none-exist',
  'access-control-max-age': '3600',
};

/** Answers one request of an API server: the whole surface, in the order it is decided. */
export async function answerApi(server: ApiServer, exchange: Exchange): Promise<void> {
  const notes: RequestNotes = { unreachable: undefined, writes: [] };
  await requestNotes.run(notes, async () => {
    try {
      await route(server, exchange, notes);
    } catch (error) {
      if (exchange.response.headersSent || notes.unreachable === undefined) throw error;
      exchange.request.resume();
      const resource = error instanceof Unreachable ? error.dependency : notes.unreachable;
      sendJson(exchange.response, 503, { resource, detail: 'service unavailable' });
    }
  });
  server.dependencies.report(exchange.response.statusCode >= 500 ? 'failure' : 'request');
}

async function route(server: ApiServer, exchange: Exchange, notes: RequestNotes): Promise<void> {
  const { request, response, target } = exchange;
  const { config, oauth } = server;
  const [path = '', ...queryParts] = target.split('?');
  const query = queryParts.join('?');
  const belief = publicOrigin(request, { hostname: config.hostnames.apis, publicPort: config.publicPort });
  const origin = originWithPort(belief);

  if (path === '/lab/echo' || path.startsWith('/lab/echo/')) return answerEcho(exchange, config.name);
  if (request.method === 'OPTIONS') {
    response.writeHead(204, PREFLIGHT).end();
    return;
  }
  if (path.startsWith('/oauth/') || path === '/userinfo' || path === '/.well-known/openid-configuration') {
    if (path === '/oauth/token') server.dependencies.report('token');
    return oauth.answer(request, response);
  }
  if (path.startsWith(LOGIN_PATH)) {
    server.dependencies.report('login');
    return oauth.login(request, response, config.oauth.login);
  }
  const fhir = splitFhirTarget(target);
  const fhirPath = fhir?.rest.split('?')[0];
  if (path === '/.well-known/smart-configuration' || fhirPath === '.well-known/smart-configuration') {
    sendJson(response, 200, smartConfiguration(belief, oauth.issuer, config.hostnames.apps));
    return;
  }
  if (fhir !== undefined && fhirPath === 'metadata') {
    const statement = withSecurity(server.fhir.statement(fhir.base), canonicalOrigin(belief));
    sendJson(response, 200, statement, 'application/fhir+json; charset=utf-8');
    return;
  }

  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || !(await oauth.accepts(token))) {
    request.resume();
    // Not an OperationOutcome: about 70 bytes with these two keys, as captured.
    sendJson(response, 401, {
      resource: fhirPath?.split('/')[0] || 'request',
      detail: 'Missing or invalid authorization',
    });
    return;
  }
  if (path.startsWith('/v1/bulk/')) return answerBulk(server, exchange);
  if (path === '/v1/documents' || path.startsWith('/v1/documents/')) return answerDocuments(server, exchange);
  // The infrastructure's own batch address takes the same Bundle as the FHIR base.
  if (path === '/v2/bundle') return server.fhir.answer(exchange, notes, '/v1/uscore/R4', '', origin);
  if (fhir === undefined || fhirPath === undefined) {
    request.resume();
    sendJson(response, 404, outcomeOf('not-found', 'unknown path'));
    return;
  }
  if (isExportKickOff(fhirPath)) return startExport(server, exchange, origin, query);
  return server.fhir.answer(exchange, notes, fhir.base, fhir.rest, origin);
}
