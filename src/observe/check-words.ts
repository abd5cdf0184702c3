import { type Duration, formatDuration } from '../model/duration.ts';
import type { RuntimeCheck } from '../model/runtime-state.ts';

/** HAProxy's codes of check results (management manual, section 9.1, `check_status`) in plain words. */
const meanings: Readonly<Record<string, string>> = {
  SOCKERR: 'the balancer could not open a socket',
  L4OK: 'connected',
  L4TOUT: 'no connection within the time limit',
  L4CON: 'no connection',
  L6OK: 'TLS handshake done',
  L6TOUT: 'no TLS handshake within the time limit',
  L6RSP: 'the TLS handshake failed',
  L7OK: 'answered as expected',
  L7OKC: 'answered as expected and asks for no new clients',
  L7TOUT: 'no answer within the time limit',
  L7RSP: 'the answer is not HTTP',
  L7STS: 'unexpected status',
  HANA: 'too many errors in live traffic',
  PROCERR: 'the check could not be run',
  PROCTOUT: 'the check did not end within the time limit',
  PROCOK: 'the check succeeded',
};

/** The last check in words: `unexpected status 503 (Service Unavailable), after 12ms`. */
export function checkWords(check: RuntimeCheck): string {
  const { duration } = check;
  const took = duration === undefined ? '' : `, after ${formatDuration(duration as Duration)}`;
  return `${outcomeWords(check)}${took}`;
}

/** The same without how long it took, so that it stays the same from check to check. */
export function outcomeWords({ result, status, description = '' }: RuntimeCheck): string {
  const { port, said } = readDescription(description);
  const meaning = meanings[result] ?? `check result ${result}`;
  const code = status === undefined ? '' : ` ${status}`;
  const where = port === undefined ? '' : ` to its port ${port}`;
  return `${meaning}${code}${where}${said === '' ? '' : ` (${said})`}`;
}

/**
 * HAProxy's own words without the step of its configuration: `Connection refused at step 2 of tcp-check (connect port
 * 8379)`. It names the step of tcp checks only (measured with 2.6 and 3.0); of http checks it says just the first part.
 */
function readDescription(description: string): { readonly port?: string; readonly said: string } {
  const step = /^(.*?) ?at step \d+ of tcp-check \(connect(?: port (\d+))?\)$/.exec(description);
  if (step === null) return { said: description === '(tcp-check)' ? '' : description };
  const [, said = '', port] = step;
  return { said, ...(port === undefined ? {} : { port }) };
}

/** True when no connection was made, or refused: to its own port, or to a further one. */
export function failedToConnect(check: RuntimeCheck | undefined): boolean {
  return check?.result === 'L4CON' || check?.result === 'L4TOUT';
}

/** True when TLS may be the reason, where HAProxy cannot say why: a failed handshake, or errors in live traffic. */
export function mayHaveFailedInTls(check: RuntimeCheck | undefined): boolean {
  return check?.result === 'L6RSP' || check?.result === 'L6TOUT' || check?.result === 'HANA';
}
