import { z } from 'zod';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';
import { Hostname } from './hostname.ts';
import { FilePath, MediaRange, Text, UrlTarget } from './text.ts';

/** What an answer must hold. */
export const Expectation = z
  .strictObject({
    pointer: z
      .string()
      .max(256)
      .regex(/^(?:\/(?:[\x21-\x2e\x30-\x7d]|~[01])*)+$/, {
        error: 'is not a JSON pointer: write a slash and a key for each level, for example /fhirVersion',
      })
      .meta({ description: 'Where in the JSON answer, as a JSON pointer (RFC 6901).' }),
    equals: Text.optional().meta({
      description: 'What must be there, as text; without it there must be something that is not empty.',
    }),
  })
  .meta({ description: 'One value that the JSON answer must hold.' });
export type Expectation = z.output<typeof Expectation>;

const request = {
  path: UrlTarget.meta({ description: 'What is asked for with GET, from the root of the host.' }),
  host: Hostname.optional().meta({
    description: 'The Host header; by default the first host name of the service.',
  }),
  accept: MediaRange.optional().meta({
    description: 'The Accept header; by default application/json.',
  }),
  expectStatus: distinct(z.int().min(200).max(599)).min(1).prefault([200]).meta({
    description: 'The status codes that pass. A redirect is an answer like any other and is never followed.',
  }),
  expect: z.array(Expectation).max(20).prefault([]).meta({
    description: 'What the answer must hold. With an empty list it is read to its end and not looked at.',
  }),
  maxBytes: z.int().min(1024).max(16_777_216).prefault(1_048_576).meta({
    description: 'The longest answer that passes, in bytes, also when it comes compressed.',
    source: 'Twenty times a capability statement, which has about 51 KB.',
  }),
};

const rhythm = {
  interval: durationBetween('1s', '1d').prefault('30s').meta({
    description:
      'The time between two checks of a server that passes, give or take a fifth, so that servers are not asked in step. One that fails is asked every 2 s, if that is more often.',
  }),
  timeout: durationBetween('100ms', '5m').prefault('5s').meta({
    description: 'How long a check may take, from connecting to the end of the answer, before it has failed.',
  }),
  fall: z.int().min(1).max(100).prefault(2).meta({
    description: 'Failed checks in a row that take a server out.',
  }),
  rise: z.int().min(1).max(100).prefault(2).meta({
    description: 'Passed checks in a row that bring a server back.',
  }),
};

const DocumentCheck = z.strictObject({ type: z.literal('document'), ...request, ...rhythm });

const TransactionCheck = z.strictObject({
  type: z.literal('transaction'),
  tokenPath: UrlTarget.meta({
    description: 'Where the server gives tokens for client credentials (OAuth 2), from the root of the host.',
  }),
  clientId: Text.meta({ description: 'The name that the client has at the server.' }),
  clientSecret: z
    .strictObject({
      file: FilePath.meta({ description: 'A file whose first line is the secret. Keep it at mode 0600.' }),
    })
    .meta({ description: 'The secret of the client.' }),
  scope: Text.optional().meta({ description: 'The scope that is asked for; by default none is named.' }),
  authentication: z.enum(['basic', 'post']).prefault('basic').meta({
    description:
      'How the client proves who it is: `basic` in the Authorization header, `post` in the body (RFC 6749, section 2.3.1).',
    source: 'RFC 6749: every server must take `basic`.',
  }),
  ...request,
  ...rhythm,
});

/** A check that HAProxy cannot make and the controller makes instead, the same way as the traffic goes. */
export const DeepCheck = z.discriminatedUnion('type', [DocumentCheck, TransactionCheck]).meta({
  description:
    'A check that looks into the answer. `document` reads it without a token; `transaction` first gets a token with client credentials. Asked by the controller, over the same TLS as the traffic.',
});
export type DeepCheck = z.output<typeof DeepCheck>;
