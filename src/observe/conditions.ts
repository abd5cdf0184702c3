import type { Intent } from '../model/intent.ts';
import type { ListenerStatus, ServerStatus } from '../model/status.ts';

/** Whether a server gets new requests. */
export function serves({ state, weight }: ServerStatus): boolean {
  return weight !== 0 && (state === 'up' || state === 'going-down' || state === 'no-check');
}

/** Whether a server should get requests: one with weight 0, or in maintenance, was told not to. */
export function isExpected({ state, weight }: ServerStatus): boolean {
  return weight !== 0 && state !== 'drain' && state !== 'maintenance';
}

/**
 * What is wrong with a service, in whole sentences; empty when all is well.
 * @param at now, in milliseconds since 1970
 */
export function conditions(
  servers: readonly ServerStatus[],
  listeners: readonly ListenerStatus[],
  at: number,
): string[] {
  const sentences: string[] = [];
  const serving = servers.filter(serves).length;
  const expected = servers.filter(isExpected).length;
  if (serving === 0) sentences.push('No server takes requests; clients get the sorry answer.');
  else if (serving < expected) sentences.push(`${serving} of ${expected} servers take requests.`);
  for (const { protocol, address, port, open } of listeners) {
    if (!open) sentences.push(`The ${protocol} listener on ${address} port ${port} is not open.`);
  }
  for (const server of servers) {
    if (server.state !== 'up' && server.state !== 'no-check') sentences.push(serverSentence(server));
    sentences.push(...healthSentences(server, at));
  }
  return sentences;
}

function serverSentence({ name, state, check, cause, intents }: ServerStatus): string {
  const why = cause ?? check;
  const because = why === undefined ? '.' : `: ${why}.`;
  switch (state) {
    case 'drain':
      return `${name} is drained${blame(intents, 'drain')}: it ends its connections and gets no new ones.`;
    case 'maintenance':
      return `${name} is in maintenance${blame(intents, 'maintenance')}.`;
    case 'unknown':
      return `${name} is not known to the running HAProxy.`;
    case 'going-down':
      return `${name} is still up but its checks have begun to fail${because}`;
    case 'going-up':
      return `${name} is still down but its checks have begun to pass${because}`;
    case 'down':
      return `${name} is down${because}`;
    case 'up':
    case 'no-check':
      return `${name} is up.`;
  }
}

/** Which rungs fail and with what, and what is done about it against the checks of HAProxy. */
function healthSentences({ name, rungs, advice }: ServerStatus, at: number): string[] {
  const failing = rungs.filter(({ state }) => state === 'failing');
  const sentences = failing.map(({ name: rung, since, detail }) => {
    const began = since === undefined ? '' : ` since ${moment(since, at)}`;
    return `${name}: deep check ${rung} fails${began}${detail === undefined ? '' : `: ${detail}`}.`;
  });
  if (advice === undefined) return sentences;
  const held = `held ${advice.health} since ${moment(advice.since, at)}`;
  return [...sentences, `${name} is ${held}, whatever its own checks say: ${advice.because}.`];
}

/** `12:03 UTC`, or with the day when it is another. A status is read in other time zones too. */
function moment(time: number, at: number): string {
  const [text, now] = [new Date(time).toISOString(), new Date(at).toISOString()];
  const [day, hour] = [text.slice(0, 10), text.slice(11, 16)];
  return now.startsWith(day) ? `${hour} UTC` : `${day} ${hour} UTC`;
}

/** Who wants it, and why: ` (m.jones: patching)`. Nothing when no intent does. */
function blame(intents: readonly Intent[], kind: Intent['wish']['kind']): string {
  const intent = intents.findLast(({ wish }) => wish.kind === kind);
  return intent === undefined ? '' : ` (${intent.author}: ${intent.reason})`;
}
