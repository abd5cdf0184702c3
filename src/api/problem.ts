import type { z } from 'zod';
import type { ProblemAnswer } from '../contract/answers.ts';
import { type Code, codes } from '../kernel/codes.ts';
import type { Diagnostic } from '../kernel/diagnostic.ts';
import { Failure } from '../kernel/failure.ts';
import { formatPath } from '../kernel/path.ts';

/** Statuses of refusals; what is not here is a conflict with the state of things, 409. */
const statuses: Partial<Record<Code, number>> = {
  'bad-request': 400,
  'not-of-the-pair': 403,
  'unknown-revision': 404,
  'unknown-target': 404,
  'unknown-certificate': 404,
  'revision-changed': 412,
  'controller-bug': 500,
  'store-unreachable': 503,
};

/** What the server says before an operation is reached. In our words, because those of a parser may quote the body. */
const unread: Readonly<Record<number, readonly [detail: string, mend: string]>> = {
  413: ['the request is larger than 64 MiB', 'send a smaller declaration, or fewer files'],
  415: ['the body is not of the type application/json', 'send JSON, and say so in Content-Type'],
};

/** A request with a body or a path that is not of the contract. */
class BadRequest extends Failure {
  readonly findings: readonly Diagnostic[];

  constructor({ issues }: z.ZodError) {
    const mend = 'see GET /v1/openapi.json for what the operation takes';
    const findings = issues.map(({ path, message }) => ({
      code: 'bad-request' as const,
      severity: 'error' as const,
      path: path.map((key) => (typeof key === 'number' ? key : String(key))),
      what: message,
      mend,
    }));
    const lines = findings.map(({ path, what }) => `${formatPath(path) || 'the request'}: ${what}`);
    super('bad-request', lines.slice(0, 5).join('; '), mend);
    this.findings = findings;
  }
}

/** Checks a part of a request. @returns the value with its defaults, or why it is refused, as Fastify wants it */
export function validate(schema: z.ZodType, data: unknown): { value: unknown } | { error: Error } {
  const result = schema.safeParse(data);
  return result.success ? { value: result.data } : { error: new BadRequest(result.error) };
}

/** What an error means to the caller. Of a bug nothing but that it is one: its message could quote anything. */
export function problemOf(error: unknown): ProblemAnswer {
  if (!(error instanceof Failure)) {
    const status = refusedStatus(error);
    if (status === undefined) return bug;
    const [detail, mend] = unread[status] ?? ['the request is not well-formed', 'send well-formed JSON'];
    return problem('bad-request', detail, mend, status);
  }
  if (error.code === 'controller-bug') return bug;
  return {
    ...problem(error.code, error.message, error.mend),
    ...(error.change === undefined ? {} : { change: error.change }),
    ...(error instanceof BadRequest ? { findings: error.findings } : {}),
  };
}

export function problem(
  code: Code,
  detail: string,
  mend: string,
  status = statuses[code] ?? 409,
): ProblemAnswer {
  return { type: `urn:aorta:${code}`, title: codes[code].meaning, status, detail, code, mend };
}

const bug = problem(
  'controller-bug',
  'the controller met a bug',
  'report it with the output of the controller',
);

/** The status of an error by which the server refused a request before an operation saw it. */
function refusedStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
