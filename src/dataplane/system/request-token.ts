import { Secret } from '../../kernel/secret.ts';
import type { ConfiguredDeepCheck } from '../../model/configuration.ts';
import type { BearerToken, DeepResult } from '../probe-port.ts';
import type { HttpRequest } from './http-exchange.ts';
import { parseJson, valueAt } from './judge-answer.ts';

type Transaction = Extract<ConfiguredDeepCheck['check'], { type: 'transaction' }>;

/** The request of a token with client credentials (RFC 6749, section 4.4). */
export function tokenRequest(
  { tokenPath, clientId, secret, scope, authentication }: Transaction,
  host: string,
): HttpRequest {
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (authentication === 'post') {
    form.set('client_id', clientId);
    form.set('client_secret', secret.reveal());
  }
  // RFC 6749, section 2.3.1: both are form encoded before they are joined.
  const pair = `${formEncoded(clientId)}:${formEncoded(secret.reveal())}`;
  const basic = new Secret(`Basic ${Buffer.from(pair).toString('base64')}`);
  const body = new Secret(form.toString());
  return {
    method: 'POST',
    path: tokenPath,
    headers: {
      host,
      'user-agent': 'aorta-check',
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body.reveal())),
      ...(authentication === 'basic' ? { authorization: basic } : {}),
    },
    body,
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** The error codes of RFC 6749, section 5.2; no other word of an answer is repeated. */
const errorCodes: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
]);

/** What a bearer token consists of (RFC 6750, section 2.1). */
const tokenForm = /^[A-Za-z0-9\-._~+/]{1,8192}=*$/;

/** The token in an answer of the token endpoint. @param now milliseconds since 1970 */
export function tokenOf(
  { status, body }: { readonly status: number; readonly body: Buffer },
  now: number,
): { readonly kind: 'token'; readonly token: BearerToken } | Extract<DeepResult, { kind: 'failed' }> {
  const said = parseJson(body)?.value;
  if (status !== 200) {
    const error = valueAt(said, '/error');
    const reason = errorCodes.has(error) ? ` (${String(error)})` : '';
    const refused = status === 400 || status === 401 || status === 403;
    return {
      kind: 'failed',
      fault: refused ? 'credentials' : 'status',
      what: `no token: the token endpoint answers ${status}${reason}`,
    };
  }
  const value = valueAt(said, '/access_token');
  const type = valueAt(said, '/token_type');
  if (typeof value !== 'string' || !tokenForm.test(value)) return useless('holds no access_token');
  if (typeof type === 'string' && type.toLowerCase() !== 'bearer')
    return useless('is a token of another type than bearer');
  const seconds = Number(valueAt(said, '/expires_in'));
  const expiresAt = Number.isFinite(seconds) && seconds > 0 ? { expiresAt: now + seconds * 1_000 } : {};
  return { kind: 'token', token: { value: new Secret(value), ...expiresAt } };
}

function useless(how: string): Extract<DeepResult, { kind: 'failed' }> {
  return { kind: 'failed', fault: 'content', what: `no token: the answer of the token endpoint ${how}` };
}
