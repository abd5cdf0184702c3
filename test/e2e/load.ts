import type { Service } from './service.ts';

/** What became of every request that was sent. */
export interface Count {
  readonly sent: number;
  /** What is no 200: the status, or the error. */
  readonly lost: readonly string[];
}

export interface Load {
  /** Resolves when this many more requests were answered well. */
  more(count: number): Promise<void>;
  /** Sends no more, waits for what is under way and closes the connections. */
  stop(): Promise<Count>;
}

/**
 * Sends one request after another to `apis` from several clients, over kept connections and new ones, and counts
 * every one of them.
 */
export function startLoad(service: Service, clients = 4): Load {
  const url = `${service.origins.apis}/lab/echo/load`;
  const lost: string[] = [];
  let sent = 0;
  let answered = 0;
  let running = true;
  const client = async (index: number): Promise<void> => {
    // HTTP/1.1 and HTTP/2; a pipelining of 0 closes the connection after each answer.
    const agent = service.newAgent({
      connections: 1,
      allowH2: index % 2 === 1,
      pipelining: index % 4 === 0 ? 0 : 1,
    });
    while (running) {
      sent += 1;
      try {
        const { status } = await service.ask(url, { agent });
        if (status === 200) answered += 1;
        else lost.push(`status ${status}`);
      } catch (error) {
        lost.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
        // A client that is refused at once must not turn into a flood.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await agent.close();
  };
  const all = Array.from({ length: clients }, (_, index) => client(index));
  return {
    more: async (count) => {
      const goal = answered + count;
      const deadline = performance.now() + 20_000;
      while (answered < goal) {
        if (performance.now() > deadline)
          throw new Error(`only ${answered} of ${sent} answered: ${lost.slice(-3).join('; ')}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    stop: async () => {
      running = false;
      await Promise.all(all);
      return { sent, lost };
    },
  };
}
