import { request } from 'node:http';
import { Bug } from '../../kernel/bug.ts';
import type { Failure } from '../../kernel/failure.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { tell } from './tell.ts';

/**
 * Asks the running HAProxy which generation it runs, on the internal frontend that answers with the digest.
 * Absent when nobody answers within the time limit (milliseconds), or with anything but a digest.
 */
export function askIdentity(socketPath: string, timeLimit = 1_000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const question = request(
      {
        socketPath,
        path: '/',
        agent: false,
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(timeLimit),
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body = (body + chunk).slice(0, 200);
        });
        response.once('end', () => resolve(/^([0-9a-f]{64})\s*$/.exec(body)?.[1]));
        response.once('error', () => resolve(undefined));
      },
    );
    question.once('error', () => resolve(undefined));
    question.end();
  });
}

/** Lets the running HAProxy answer with another digest, until its next reload. */
export async function setIdentity(adminSocket: string, digest: string): Promise<Result<void, Failure>> {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new Bug('not a digest');
  const words = ['set', 'var', 'proc.generation', `str(${digest})`];
  const answer = await tell(adminSocket, 'the digest of the generation', words, { experimental: true });
  return answer.ok ? ok(undefined) : answer;
}
