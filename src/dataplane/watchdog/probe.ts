import { createConnection } from 'node:net';

/** `refused`: nobody listens. */
export type ProbeOutcome = 'passed' | 'failed' | 'refused';

/** A request that is under way. */
export interface Probe {
  /** Takes it for failed, if it is not settled. */
  giveUp(): void;
}

/** Says of one connection error whether nobody is there; a full queue, for example, is no such. */
export function isRefusal(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED' || error.code === 'ENOENT';
}

/** Asks HAProxy on its internal frontend for an answer, any one with status 200. @param settle is called once */
export function startProbe(socketPath: string, settle: (outcome: ProbeOutcome) => void): Probe {
  const socket = createConnection({ path: socketPath });
  let answer = '';
  let settled = false;
  const end = (outcome: ProbeOutcome): void => {
    if (settled) return;
    settled = true;
    socket.destroy();
    settle(outcome);
  };
  socket.setEncoding('latin1');
  socket.once('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  socket.on('data', (text: string) => {
    answer += text;
    if (answer.includes('\r\n')) end(/^HTTP\/1\.\d 200 /.test(answer) ? 'passed' : 'failed');
  });
  // Stays: an error that nobody listens to would end the process.
  socket.on('error', (error) => end(isRefusal(error) ? 'refused' : 'failed'));
  socket.once('close', () => end('failed'));
  return { giveUp: () => end('failed') };
}
