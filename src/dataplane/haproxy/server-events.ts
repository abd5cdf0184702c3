import type { Clock } from '../../kernel/clock.ts';
import type { ServerNotice } from '../port.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import type { Row } from './cells.ts';
import { showProcesses } from './master-socket.ts';
import { attachToRing, type RingConnection } from './ring-connection.ts';
import { command } from './runtime-socket.ts';
import { readServerEvent, type ServerEvent, saysWorkerLeaves } from './server-event.ts';
import { readStatistics, servers } from './show-stat.ts';

/** Before the next attempt, when there was nobody to attach to, in milliseconds. */
const pause = 250;

/** The same when another worker takes over, which is a matter of milliseconds. */
const shortPause = 25;

const patience = 5_000;

/**
 * Follows the ring of whichever worker carries the traffic. What happened while nobody was attached (a reload, a restart,
 * the time before the controller) is found by comparing what the worker says with what was told last, so that nobody
 * who listens misses a change; two that cancel each other are not told.
 */
export class ServerEvents {
  readonly #paths: RuntimePaths;
  readonly #clock: Clock;
  readonly #listen: (notice: ServerNotice) => void;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #connection: RingConnection | undefined;
  /** The present worker is known to be one that leaves. */
  #superseded = false;
  /** What was told last, by place. */
  #known = new Map<string, 'up' | 'down'>();

  constructor(paths: RuntimePaths, clock: Clock, listen: (notice: ServerNotice) => void) {
    this.#paths = paths;
    this.#clock = clock;
    this.#listen = listen;
    this.#done = this.#run();
  }

  /** To be called when another worker carries the traffic: the old one would be listened to in vain. */
  renew(): void {
    this.#superseded = true;
    this.#connection?.close();
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const ended = new Promise((resolve) => {
      this.#ending.signal.addEventListener('abort', resolve);
    });
    while (!this.#ended) {
      this.#superseded = false;
      await this.#attach();
      if (this.#ended) return;
      await Promise.race([this.#clock.sleep(this.#superseded ? shortPause : pause), ended]);
    }
  }

  get #ended(): boolean {
    return this.#ending.signal.aborted;
  }

  /** One connection, from its begin to its end. */
  async #attach(): Promise<void> {
    // While the states are compared, lines wait: else an older one could overtake the comparison.
    let waiting: ServerEvent[] | undefined = [];
    const connection = await attachToRing(
      this.#paths.adminSocket,
      (line) => {
        if (saysWorkerLeaves(line)) this.renew();
        const event = readServerEvent(line);
        if (event === undefined) return;
        if (waiting === undefined) this.#tellNews(event);
        else waiting.push(event);
      },
      patience,
      this.#ending.signal,
    );
    if (connection === undefined) return;
    this.#connection = connection;
    try {
      if (!(await this.#catchUp(connection))) return;
      for (const event of waiting) this.#tellNews(event);
      waiting = undefined;
      await connection.ended;
    } finally {
      connection.close();
      this.#connection = undefined;
    }
  }

  /** @returns false when it is not the worker that carries the traffic, or is gone already */
  async #catchUp(connection: RingConnection): Promise<boolean> {
    const [processes, statistics] = await Promise.all([
      showProcesses(this.#paths.masterSocket),
      command(this.#paths.adminSocket, ['show', 'stat', '-1', servers, '-1']),
    ]);
    if (processes.kind !== 'processes' || !statistics.ok || this.#ended) return false;
    if (!processes.list.workers.some(({ pid }) => pid === connection.workerPid)) return false;
    const rows = readStatistics(statistics.value);
    if (rows === undefined) return false;
    const before = this.#known;
    const found = rows.flatMap((row) => stateOf(row) ?? []);
    this.#known = new Map(found.map((event) => [placeOf(event), event.health]));
    for (const event of found) {
      if ((before.get(placeOf(event)) ?? 'up') !== event.health) this.#tell(event);
    }
    return true;
  }

  /** The line of a change may come after the comparison that already found it. */
  #tellNews(event: ServerEvent): void {
    if (this.#known.get(placeOf(event)) !== event.health) this.#tell(event);
  }

  #tell(event: ServerEvent): void {
    this.#known.set(placeOf(event), event.health);
    if (!this.#ended) this.#listen({ ...event, at: this.#clock.now() });
  }
}

function placeOf({ backend, server }: ServerEvent): string {
  return `${backend}/${server}`;
}

/** Undefined for a server that is in maintenance or not checked: its health is not known. */
function stateOf(row: Row): ServerEvent | undefined {
  const [backend, server, status = ''] = [row.get('pxname'), row.get('svname'), row.get('status')];
  if (backend === undefined || server === undefined) return undefined;
  const place = { backend, server };
  if (/^(UP|NOLB|DRAIN)/.test(status)) return { ...place, health: 'up' };
  if (!status.startsWith('DOWN')) return undefined;
  // A check that passed is not why it is down: then it was told to be.
  const words = row.get('check_desc');
  const failed = words !== undefined && /^[A-Za-z0-9 ]+$/.test(words) && !words.includes('passed');
  return { ...place, health: 'down', ...(failed ? { reason: words } : {}) };
}
