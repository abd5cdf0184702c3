import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the estate tells each of its processes, in a file of mode 0600 (it holds keys and client secrets). */

const certificate = z.strictObject({ certificate: z.string(), key: z.string() });

const common = {
  name: z.string(),
  machine: z.string(),
  address: z.ipv4(),
  port: z.int(),
  executions: z
    .string()
    .optional()
    .describe(
      'file to which `METHOD ID` of each request with an x-request-id is written before it is carried out',
    ),
};

const oauthClientSchema = z.strictObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
  client_name: z.string(),
  token_endpoint_auth_method: z.enum(['none', 'client_secret_basic']),
  grant_types: z.array(z.enum(['authorization_code', 'refresh_token', 'client_credentials'])),
  response_types: z.array(z.literal('code')),
  redirect_uris: z.array(z.string()),
});
export type OAuthClient = z.output<typeof oauthClientSchema>;

const userSchema = z.strictObject({ id: z.string(), name: z.string(), practitioner: z.string() });
export type PlatformUser = z.output<typeof userSchema>;

export const apiConfigSchema = z.strictObject({
  ...common,
  role: z.literal('api'),
  tls: z
    .strictObject({
      valid: certificate,
      'wrong-name': certificate,
      expired: certificate,
      untrusted: certificate,
    })
    .optional(),
  hostnames: z.strictObject({ apis: z.string(), apps: z.string() }),
  publicPort: z.int(),
  population: z.strictObject({ patients: z.int(), seed: z.int() }),
  cache: z.url(),
  platformService: z.url(),
  fileLibrary: z.url(),
  monitorService: z.url(),
  oauth: z.strictObject({
    jwks: z.strictObject({ keys: z.array(z.looseObject({ kty: z.string() })) }),
    cookieKeys: z.array(z.string()).min(1),
    login: z.string().describe('id of the synthetic clinician who is signed in without a form'),
  }),
});
export type ApiConfig = z.output<typeof apiConfigSchema>;

export const cacheConfigSchema = z.strictObject({
  ...common,
  role: z.literal('cache'),
  peers: z.array(z.url()),
});
type CacheConfig = z.output<typeof cacheConfigSchema>;

export const platformConfigSchema = z.strictObject({
  ...common,
  role: z.literal('platform-service'),
  clients: z.array(oauthClientSchema),
  users: z.array(userSchema),
});

export const fileLibraryConfigSchema = z.strictObject({
  ...common,
  role: z.literal('file-library'),
  storage: z.string().describe('directory for uploaded files'),
});

export const monitorConfigSchema = z.strictObject({ ...common, role: z.literal('monitor-service') });

export type ProcessConfig =
  | ApiConfig
  | CacheConfig
  | z.output<typeof platformConfigSchema>
  | z.output<typeof fileLibraryConfigSchema>
  | z.output<typeof monitorConfigSchema>;

/** Reads the file named after `--config`. A bad file is a bug of the estate, so this throws. */
export async function readConfig<T>(schema: z.ZodType<T>): Promise<T> {
  const path = process.argv[process.argv.indexOf('--config') + 1];
  if (!process.argv.includes('--config') || path === undefined)
    throw new Error('usage: node FILE --config FILE');
  return schema.parse(JSON.parse(await readFile(path, 'utf8')));
}
