import { canonicalOrigin, type PublicOrigin } from './public-origin.ts';
import { SCOPES } from './scopes.ts';

/** The SMART configuration. The management endpoint is on the apps host, as in MEDITECH's sandbox. */
export function smartConfiguration(origin: PublicOrigin, issuer: string, appsHostname: string): object {
  const root = canonicalOrigin(origin);
  return {
    issuer,
    jwks_uri: `${root}/oauth/jwks`,
    authorization_endpoint: `${root}/oauth/authorize`,
    token_endpoint: `${root}/oauth/token`,
    introspection_endpoint: `${root}/oauth/introspect`,
    revocation_endpoint: `${root}/oauth/revoke`,
    userinfo_endpoint: `${root}/userinfo`,
    management_endpoint: `${canonicalOrigin({ ...origin, hostname: appsHostname })}/openid/manage`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: SCOPES,
    capabilities: [
      'launch-ehr',
      'launch-standalone',
      'client-public',
      'client-confidential-symmetric',
      'sso-openid-connect',
      'context-ehr-patient',
      'context-standalone-patient',
      'permission-offline',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  };
}
