import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import type { Attempt, Question, Sender, Way } from './counting-attempt.ts';
import type { ClientOrder, Sofar } from './counting-client.ts';
import { http1Sender } from './counting-http1.ts';
import { http2Sender } from './counting-http2.ts';
import { loopbackAddress } from './loopback.ts';

/**
 * Clients in a process of their own. The first message is the order, every other one asks it to stop; tells how far it
 * is many times a second, and ends with its parent.
 */
const began = performance.now();
const sofar = { sent: 0, answered: 0, refused: 0, lost: 0, slowest: 0 };
const losses: Sofar['losses'][number][] = [];
const answered: string[] = [];
let running = true;

async function loop(sender: Sender, kind: string, path: string, turn: number, idle: number): Promise<void> {
  // A browser keeps its cookie; so does each of these.
  let cookie: string | undefined;
  for (let count = turn; running; count += 1) {
    const method = count % 2 === 0 ? 'GET' : 'POST';
    const question = { method, path, id: randomUUID(), ...(cookie === undefined ? {} : { cookie }) } as const;
    sofar.sent += 1;
    const at = performance.now();
    const attempt = await sendTwiceAtMost(sender, question);
    sofar.slowest = Math.max(sofar.slowest, performance.now() - at);
    if (attempt.kind === 'answered' && attempt.status === 200 && attempt.body === question.id) {
      sofar.answered += 1;
      answered.push(`${method} ${question.id}`);
      cookie = attempt.cookie ?? cookie;
      if (idle > 0) await pause(idle);
      continue;
    }
    sofar.lost += 1;
    losses.push({ kind, method, id: question.id, at: Math.round(at - began), what: wordsOf(attempt) });
    // A client that is refused at once must not turn into a flood.
    await pause(20);
  }
}

async function sendTwiceAtMost(sender: Sender, question: Question): Promise<Attempt> {
  const first = await sender.send(question);
  if (first.kind !== 'refused') return first;
  sofar.refused += 1;
  return await sender.send(question);
}

function wordsOf(attempt: Attempt): string {
  if (attempt.kind === 'answered') {
    return attempt.status === 200 ? 'the answer to another request' : `status ${attempt.status}`;
  }
  return attempt.kind === 'refused' ? 'refused twice' : attempt.what;
}

async function run({ ways, loops, idle, path, answeredFile }: ClientOrder): Promise<void> {
  const senders: Sender[] = [];
  const under: Promise<void>[] = [];
  for (const { address, port, hostname, ca } of ways) {
    const secureContext = ca === undefined ? undefined : createSecureContext({ ca });
    for (const kind of loops) {
      if (secureContext === undefined && kind.startsWith('http2')) continue;
      const way: Way = {
        address,
        port,
        hostname,
        localAddress: loopbackAddress(),
        ...(secureContext === undefined ? {} : { secureContext }),
      };
      const sender = kind.startsWith('http2')
        ? http2Sender(way, kind === 'http2-kept')
        : http1Sender(way, kind === 'http1-kept');
      senders.push(sender);
      const name = `${kind} ${secureContext === undefined ? 'plain' : 'tls'}`;
      // Streams of one connection are under way at the same time.
      for (let count = 0; count < (kind === 'http2-kept' ? 2 : 1); count += 1) {
        under.push(loop(sender, name, path, under.length, idle));
      }
    }
  }
  const ticker = setInterval(tell, 50);
  await Promise.all(under);
  clearInterval(ticker);
  for (const sender of senders) sender.close();
  writeFileSync(answeredFile, answered.join('\n'));
  tell();
  process.send?.('ended');
}

function tell(): void {
  process.send?.({ ...sofar, losses: losses.splice(0) } satisfies Sofar);
}

process.once('message', (order: ClientOrder) => {
  process.on('message', () => {
    running = false;
  });
  void run(order);
});
process.once('disconnect', () => process.exit(0));
