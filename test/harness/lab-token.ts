import type { Estate } from '../../lab/estate.ts';
import { requestToken } from '../../lab/token.ts';
import type { FrontClient } from './front-client.ts';

/** An access token by client credentials, got through the balancer. */
export function labToken(client: FrontClient, estate: Estate, scope?: string): Promise<string> {
  return requestToken((path, request) => client.ask(path, request), estate, scope);
}
