import type { EstateDescription } from './estate.ts';

/** Sends one request to the host of the OAuth endpoints and reads the answer whole. */
export type AskOAuth = (
  path: string,
  request: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  },
) => Promise<{ readonly status: number; readonly text: string }>;

/** An access token by client credentials. @throws Error with the status when there is none */
export async function requestToken(
  ask: AskOAuth,
  { oauth }: Pick<EstateDescription, 'oauth'>,
  scope = 'system/*.read',
): Promise<string> {
  const { clientId, clientSecret } = oauth.confidential;
  const answer = await ask('/oauth/token', {
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
