import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import type { Sample } from '../recording.ts';
import type { RequestKind } from '../request-kinds.ts';
import { http1Sender } from './http1-sender.ts';
import { http2Sender } from './http2-sender.ts';
import type { LoadCommand, LoadOrder, LoadReport } from './order.ts';
import { Requests } from './requests.ts';
import type { Attempt, Question, Sender } from './sender.ts';
import { fairTurns } from './turns.ts';

/**
 * The load of a scenario, in a process of its own: an open loop, which sends each request when it is due, whether or not
 * earlier ones were answered. Ends with its parent.
 */
interface Application {
  readonly sender: Sender;
  readonly requests: Requests;
}

/** A request that is sent later than this after it was due, by the generator's own fault, counts as not achieved. */
const LATE_MS = 100;
/** How often a client does again what it was told was not looked at. */
const MOST_REPEATS = 3;
/** The share of the full rate that a ramp begins with. */
const LEAST_RAMP = 0.05;

const now = (): number => performance.timeOrigin + performance.now();
const tell = (report: LoadReport): void => void process.send?.(report);

class Load {
  readonly #order: LoadOrder;
  readonly #applications: readonly Application[];
  readonly #nextKind: () => RequestKind;
  readonly #waiting: { kind: RequestKind; due: number }[] = [];
  #samples: Sample[] = [];
  #underWay = 0;
  #turn = 0;
  #due = 0;
  #late = 0;
  #renewal: Promise<void> | undefined;
  times = 1;

  constructor(order: LoadOrder) {
    this.#order = order;
    this.#nextKind = fairTurns(order.mix);
    const secureContext = createSecureContext({ ca: order.ca });
    this.#applications = Array.from({ length: order.applications }, (_, index) => {
      const way = { ...order, secureContext, localAddress: `${order.sources}.${index + 1}` };
      return {
        sender: order.clients === 'http2' ? http2Sender(way) : http1Sender(way, order.clients === 'http1'),
        requests: new Requests(order.population, order.credentials, index),
      };
    });
  }

  /** One token for all: they are one application many times over. @throws Error when there is none */
  async getToken(): Promise<void> {
    const [first] = this.#applications;
    if (first === undefined) throw new Error('no applications');
    const question = first.requests.tokenRequest();
    const headers = { ...question.headers, 'x-request-id': randomUUID() };
    const attempt = await first.sender.send({ ...question, headers });
    if (attempt.kind !== 'answered' || attempt.status !== 200)
      throw new Error(`no token: ${attempt.kind === 'answered' ? attempt.status : attempt.what}`);
    const { access_token: token = '' } = JSON.parse(attempt.body) as { access_token?: string };
    for (const { requests } of this.#applications) requests.token = token;
  }

  /** When a Cache server has forgotten all tokens, clients get a new one, as a real client does; one at a time asks. */
  #renewToken(): Promise<void> {
    this.#renewal ??= this.getToken()
      .catch(() => undefined)
      .finally(() => {
        this.#renewal = undefined;
      });
    return this.#renewal;
  }

  async run(begin: number, milliseconds: number, ramp: number): Promise<void> {
    const end = begin + milliseconds;
    const rateAt = (moment: number): number =>
      this.#order.rate * this.times * Math.min(1, Math.max(LEAST_RAMP, (moment - begin) / ramp));
    const ticker = setInterval(() => this.#flush(), 100);
    let due = begin;
    while (due < end) {
      const moment = now();
      for (; due <= moment && due < end; due += 1000 / Math.max(0.001, rateAt(due))) {
        this.#due += 1;
        if (moment - due > LATE_MS) this.#late += 1;
        this.#waiting.push({ kind: this.#nextKind(), due });
      }
      this.#fill();
      await pause(1);
    }
    while (this.#underWay > 0 || this.#waiting.length > 0) await pause(5);
    clearInterval(ticker);
    this.#flush();
    tell({ kind: 'ended', due: this.#due, late: this.#late });
    for (const { sender } of this.#applications) sender.close();
  }

  #fill(): void {
    while (this.#underWay < this.#order.concurrency) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      void this.#one(next.kind, next.due);
    }
  }

  async #one(kind: RequestKind, due: number): Promise<void> {
    this.#underWay += 1;
    this.#turn += 1;
    const application = this.#applications[this.#turn % this.#applications.length];
    if (application === undefined) throw new Error('no applications');
    const id = randomUUID();
    const sent = now();
    const question = application.requests.make(kind);
    let { attempt, again } = await ask(application, question, id);
    // 401 is a certain answer: nothing was carried out.
    if (attempt.kind === 'answered' && attempt.status === 401) {
      await this.#renewToken();
      const authorization = `Bearer ${application.requests.token}`;
      const headers = { ...question.headers, authorization };
      ({ attempt, again } = await ask(application, { ...question, headers }, `${id}r`));
    }
    if (kind === 'paging' && attempt.kind === 'answered') application.requests.offered(attempt.body);
    this.#samples.push({
      kind,
      id,
      due,
      sent,
      end: now(),
      ...outcomeOf(attempt),
      ...(again === 0 ? {} : { again }),
    });
    this.#underWay -= 1;
    this.#fill();
  }

  #flush(): void {
    tell({ kind: 'samples', samples: this.#samples });
    this.#samples = [];
  }
}

async function ask(
  { sender }: Application,
  question: Question,
  id: string,
): Promise<{ attempt: Attempt; again: number }> {
  for (let again = 0; ; again += 1) {
    // The servers count by this: an attempt that the client repeats by right is told from one that others repeat.
    const name = again === 0 ? id : `${id}.${again}`;
    const attempt = await sender.send({
      ...question,
      headers: { ...question.headers, 'x-request-id': name },
    });
    if (attempt.kind !== 'refused' || again === MOST_REPEATS) return { attempt, again };
  }
}

function outcomeOf(attempt: Attempt): Pick<Sample, 'outcome' | 'what' | 'server'> {
  if (attempt.kind !== 'answered') return { outcome: 'failed', what: attempt.what };
  const { status, server, retryAfter } = attempt;
  const from = server === undefined ? {} : { server };
  if (status >= 200 && status < 300) return { outcome: 'ok', ...from };
  const clear = status === 429 || (status === 503 && retryAfter);
  return { outcome: clear ? 'shed' : 'failed', what: `status ${status}`, ...from };
}

let load: Load | undefined;
process.on('message', (command: LoadCommand) => {
  switch (command.kind) {
    case 'order':
      load = new Load(command.order);
      load.getToken().then(
        () => tell({ kind: 'ready' }),
        (error: unknown) => tell({ kind: 'unready', why: String(error) }),
      );
      return;
    case 'go':
      void load?.run(command.at, command.milliseconds, command.ramp);
      return;
    case 'times':
      if (load !== undefined) load.times = command.times;
      return;
    default:
      command satisfies never;
  }
});
process.once('disconnect', () => process.exit(0));
