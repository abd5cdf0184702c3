import type { RuntimeCheck } from '../model/runtime-state.ts';

/**
 * What the last check of a server found. `answered`: it is there and says the wrong thing, so that the check itself may
 * be wrong. `untrusted`: there is no TLS with it, and so none for requests either: nothing to doubt, but connections that are
 * open go on. `silent`: it does not answer, and whoever waits for it waits in vain. `traffic`: requests failed, no check.
 */
export type CheckClass = 'passed' | 'answered' | 'untrusted' | 'silent' | 'traffic' | 'unknown';

/** HAProxy's codes, see "check_status" in its management manual. */
const classes: Readonly<Record<string, CheckClass>> = {
  L4OK: 'passed',
  L6OK: 'passed',
  L7OK: 'passed',
  L7OKC: 'passed',
  L6RSP: 'untrusted',
  L7RSP: 'answered',
  L7STS: 'answered',
  L4TOUT: 'silent',
  L4CON: 'silent',
  L6TOUT: 'silent',
  L7TOUT: 'silent',
  HANA: 'traffic',
};

/** HAProxy names the port of a step of a check only when it is not the port of the server. */
const furtherPort = /\(connect port \d+\)/;

export function classOf(check: RuntimeCheck | undefined): CheckClass {
  if (check === undefined) return 'unknown';
  const found = classes[check.result] ?? 'unknown';
  // The server itself answers; something else on its machine does not.
  return found === 'silent' && furtherPort.test(check.description ?? '') ? 'answered' : found;
}
