import { z } from 'zod';
import { distinct } from './distinct.ts';
import { durationBetween } from './duration.ts';
import { UrlPath } from './text.ts';

/** What clients read when the balancer itself must answer: no server left, no answer in time, not allowed. */
export const ErrorAnswers = z
  .strictObject({
    retryAfter: durationBetween('1s', '1h').prefault('30s').meta({
      description: 'The Retry-After of the sorry answer (503), when no server can take the request.',
    }),
    fhirPaths: distinct(UrlPath).prefault([]).meta({
      description: 'Path prefixes below which clients expect a FHIR OperationOutcome instead of plain JSON.',
    }),
  })
  .meta({
    description: 'The answers that the balancer makes itself. Always JSON: API clients do not read HTML.',
  });
export type ErrorAnswers = z.output<typeof ErrorAnswers>;
