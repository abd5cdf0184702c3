import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { stableId } from '../../stable-id.ts';
import type { ApiConfig, PlatformUser } from '../config.ts';
import type { Dependencies } from './dependencies.ts';
import { CacheAdapter } from './oauth-adapter.ts';
import { requestNotes } from './request-notes.ts';
import { SCOPES } from './scopes.ts';

export const LOGIN_PATH = '/auth/openid/login/';
const HOUR = 3_600;

/** OAuth 2, OpenID Connect and SMART by a well-kept provider, with the paths and the state of the field. */
export class OAuthService {
  readonly issuer: string;
  readonly #provider: Provider;
  readonly #handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;

  constructor(config: ApiConfig, dependencies: Dependencies) {
    const { hostnames, publicPort, population, oauth } = config;
    this.issuer = new URL(`https://${hostnames.apis}:${publicPort}`).origin;
    const findUser = async (id: string): Promise<PlatformUser | undefined> => {
      const path = `/users/${encodeURIComponent(id)}`;
      return (await dependencies.json('platformService', { method: 'GET', path })) as
        | PlatformUser
        | undefined;
    };
    this.#provider = new Provider(this.issuer, {
      adapter: (model) => new CacheAdapter(model, dependencies),
      jwks: oauth.jwks,
      cookies: { keys: oauth.cookieKeys },
      routes: {
        authorization: '/oauth/authorize',
        token: '/oauth/token',
        introspection: '/oauth/introspect',
        revocation: '/oauth/revoke',
        jwks: '/oauth/jwks',
        userinfo: '/userinfo',
      },
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true },
        revocation: { enabled: true },
      },
      scopes: [...SCOPES],
      claims: { openid: ['sub', 'fhirUser'], profile: ['name'], fhirUser: ['fhirUser'] },
      conformIdTokenClaims: false,
      // SMART clients send the FHIR base as `aud`, and the launch context of an EHR as `launch`.
      extraParams: ['aud', 'launch'],
      pkce: { required: () => true },
      enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
      clientDefaults: { id_token_signed_response_alg: 'ES256' },
      clientBasedCORS: () => true,
      // OpenID drops offline_access unless consent is prompted for; SMART clients never prompt.
      issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
      interactions: { url: (_context, interaction) => LOGIN_PATH + interaction.uid },
      ttl: {
        AccessToken: HOUR,
        ClientCredentials: HOUR,
        AuthorizationCode: 60,
        IdToken: HOUR,
        RefreshToken: 24 * HOUR,
        Interaction: 600,
        Session: 8 * HOUR,
        Grant: 24 * HOUR,
      },
      findAccount: async (_context, id) => {
        const user = await findUser(id);
        if (user === undefined) return undefined;
        const fhirUser = `${this.issuer}/v1/uscore/R4/Practitioner/${user.practitioner}`;
        return { accountId: id, claims: () => ({ sub: id, name: user.name, fhirUser }) };
      },
    });
    this.#provider.proxy = true;
    this.#provider.use(async (context: KoaContextWithOIDC, next: () => Promise<void>) => {
      await next();
      const missing = requestNotes.getStore()?.unreachable;
      if (missing !== undefined) {
        context.status = 503;
        context.body = { resource: missing, detail: 'service unavailable' };
      } else if (
        context.oidc?.route === 'token' &&
        context.status === 200 &&
        /\blaunch/.test(context.oidc.entities.AccessToken?.scope ?? '')
      ) {
        context.body = {
          ...(context.body as object),
          patient: stableId(population.seed, 'Patient', 0),
          need_patient_banner: true,
        };
      }
    });
    this.#handle = this.#provider.callback();
  }

  answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.#handle(request, response);
  }

  /** Whether the bearer token is one of ours and not over. */
  async accepts(token: string): Promise<boolean> {
    const found =
      (await this.#provider.AccessToken.find(token)) ?? (await this.#provider.ClientCredentials.find(token));
    return found?.isValid === true;
  }

  /** Signs the clinician in and consents to what was asked: the form a person would fill in, without the person. */
  async login(request: IncomingMessage, response: ServerResponse, accountId: string): Promise<void> {
    const { params, grantId } = await this.#provider.interactionDetails(request, response);
    const known = grantId === undefined ? undefined : await this.#provider.Grant.find(grantId);
    const grant = known ?? new this.#provider.Grant({ accountId, clientId: String(params.client_id) });
    if (typeof params.scope === 'string') grant.addOIDCScope(params.scope);
    const result = { login: { accountId, remember: false }, consent: { grantId: await grant.save() } };
    await this.#provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
}
