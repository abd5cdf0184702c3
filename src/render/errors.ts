import type { ErrorAnswersIr } from '../ir/haproxy.ts';
import type { Path } from '../kernel/path.ts';
import type { Emitter } from './emitter.ts';
import { argument, count } from './quote.ts';

/** What HAProxy says when it must answer itself. */
interface OwnAnswer {
  readonly status: number;
  readonly error: string;
  readonly message: string;
  /**
   * Whether the request may be sent again. `safe`: no server has seen it. `unknown`: a server may have carried it
   * out, so a write must not be repeated blindly. `useless`: the same request gets the same answer.
   */
  readonly retry: 'safe' | 'unknown' | 'useless';
  /** Code of the FHIR value set issue-type. */
  readonly fhirCode: string;
}

const sorry: OwnAnswer = {
  status: 503,
  error: 'no-server',
  message: 'No server can take the request at present. It was not carried out and may be sent again.',
  retry: 'safe',
  fhirCode: 'transient',
};

const tooMany: OwnAnswer = {
  status: 429,
  error: 'too-many-requests',
  message:
    'This client has more requests than it may have at present. This one was not carried out and may be sent again later.',
  retry: 'safe',
  fhirCode: 'throttled',
};

/** A header that stops half-way never gets this: see {@link renderErrorAnswers}. */
const stalled: OwnAnswer = {
  status: 408,
  error: 'request-timeout',
  message: 'The request did not arrive completely in time. It was not carried out and may be sent again.',
  retry: 'safe',
  fhirCode: 'timeout',
};

const answers: readonly OwnAnswer[] = [
  {
    status: 400,
    error: 'bad-request',
    message: 'The request is not well-formed HTTP.',
    retry: 'useless',
    fhirCode: 'structure',
  },
  {
    status: 403,
    error: 'source-not-allowed',
    message: 'The source address is not on the access list of this service.',
    retry: 'useless',
    fhirCode: 'forbidden',
  },
  {
    status: 500,
    error: 'balancer-error',
    message: 'The balancer could not handle the request. Whether it was carried out is unknown.',
    retry: 'unknown',
    fhirCode: 'exception',
  },
  {
    status: 502,
    error: 'server-broke-off',
    message:
      'The server broke off. Whether the request was carried out is unknown: do not repeat a write blindly.',
    retry: 'unknown',
    fhirCode: 'exception',
  },
  {
    status: 504,
    error: 'server-too-slow',
    message:
      'The server did not answer in time. Whether the request was carried out is unknown: do not repeat a write blindly.',
    retry: 'unknown',
    fhirCode: 'timeout',
  },
];

function plainBody({ error, message, retry }: OwnAnswer): string {
  return JSON.stringify({ error, message, retry });
}

function fhirBody({ message, fhirCode }: OwnAnswer): string {
  const issue = { severity: 'error', code: fhirCode, diagnostics: message };
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: [issue] });
}

/** Either body, by whether the path of the request is a FHIR path. */
function eitherBody(answer: OwnAnswer): string {
  return `%[var(txn.fhir,0),iif(${argument(fhirBody(answer))},${argument(plainBody(answer))})]`;
}

/** The answers that are the same for every service. */
export function renderErrorAnswers(out: Emitter): void {
  for (const answer of answers) {
    // What follows a malformed request on its connection may be a part of it, and is not read.
    const end = answer.status === 400 ? ['hdr', 'Connection', 'close'] : [];
    out.line(undefined, ...httpError(answer), 'lf-string', eitherBody(answer), ...end);
  }
  // HAProxy gives up on half a header before its own answers apply: it would send its stock HTML page, which a
  // client on a kept connection may take for the answer to its next request. An empty file means no answer.
  out.remark(
    'A request whose header does not arrive in time was not seen by anyone; its connection is just closed.',
  );
  out.line(undefined, 'errorfile', '408', '/dev/null');
}

/** The answer to a request whose body does not arrive in time, before a server has seen it. */
export function renderStalledAnswer(out: Emitter): void {
  out.line(undefined, ...httpError(stalled), 'lf-string', eitherBody(stalled));
}

/** What differs between services: the sorry answer, and which paths are FHIR paths. */
export function renderServiceErrors(out: Emitter, origin: Path, errors: ErrorAnswersIr): void {
  const retryAfter = ['hdr', 'Retry-After', count(errors.retryAfterSeconds)];
  out.remark(
    'The sorry answer: no server is left, or none took the connection, or none became free in time. And that to a client over its limit.',
  );
  if (errors.fhirPaths.length === 0) {
    for (const answer of [sorry, tooMany])
      out.line(origin, ...httpError(answer), 'string', plainBody(answer), ...retryAfter);
    return;
  }
  for (const answer of [sorry, tooMany])
    out.line(origin, ...httpError(answer), 'lf-string', eitherBody(answer), ...retryAfter);
  out.remark('Answers of our own on these paths are FHIR OperationOutcomes.');
  for (const prefixes of chunks(errors.fhirPaths, prefixesInLine)) renderFhirPaths(out, origin, prefixes);
  out.line(origin, 'http-request', 'set-var(txn.fhir)', 'bool(true)', 'if', 'fhir');
  out.remark('Nearly all answers are those of servers, and none of our own follows them.');
  out.line(origin, 'http-response', 'unset-var(txn.fhir)');
  const own = ['{', 'var(txn.fhir)', '-m', 'bool', '}'];
  out.line(
    origin,
    'http-after-response',
    'set-header',
    'Content-Type',
    'application/fhir+json',
    'if',
    ...own,
  );
}

/** HAProxy takes 64 words in a line. */
const prefixesInLine = 20;

/**
 * A prefix ends at a segment: /v1/uscore does not cover /v1/uscoreX. The empty one covers everything. Prefixes are looked up
 * in a tree; of an expression HAProxy would remember what it has found, which costs more where paths differ. With its query
 * a path costs less: HAProxy need not look for the end.
 */
function renderFhirPaths(out: Emitter, origin: Path, prefixes: readonly string[]): void {
  const acl = (...test: readonly string[]) => out.line(origin, 'acl', 'fhir', 'pathq', '-m', ...test);
  acl('beg', '--', ...prefixes.flatMap((prefix) => [`${prefix}/`, `${prefix}?`]));
  const whole = prefixes.filter((prefix) => prefix !== '');
  if (whole.length > 0) acl('str', '--', ...whole);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

function httpError({ status }: OwnAnswer): string[] {
  return ['http-error', 'status', count(status), 'content-type', 'application/json'];
}
