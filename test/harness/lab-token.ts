import type { Estate } from '../../lab/estate.ts';
import type { FrontClient } from './front-client.ts';

/** An access token by client credentials, got through the balancer. */
export async function labToken(
  client: FrontClient,
  estate: Estate,
  scope = 'system/*.read',
): Promise<string> {
  const { clientId, clientSecret } = estate.oauth.confidential;
  const answer = await client.ask('/oauth/token', {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
  });
  const { access_token: token } = JSON.parse(answer.text) as { access_token?: string };
  if (token === undefined) throw new Error(`no token: ${answer.status}`);
  return token;
}
