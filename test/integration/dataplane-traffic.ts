import { Agent, request } from 'node:http';

/** One answer, or the code of the error. */
export function get(
  url: string,
  agent?: Agent,
): Promise<{ status: number; body: string } | { error: string }> {
  return new Promise((resolve) => {
    const question = request(url, { agent: agent ?? false, timeout: 8_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.once('error', (error) => resolve({ error: error.message }));
    });
    question.once('timeout', () => question.destroy(new Error('timed out')));
    question.once('error', (error) => resolve({ error: error.message }));
    question.end();
  });
}

export interface Count {
  readonly total: number;
  readonly failed: readonly string[];
}

/** Sends requests without a pause, half of the clients on kept connections, until it is stopped. Counts every one. */
export function startLoad(url: string, clients: number): { stop(): Promise<Count>; sofar(): number } {
  let running = true;
  let total = 0;
  const failed: string[] = [];
  const agents: Agent[] = [];
  const client = async (keepAlive: boolean): Promise<void> => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    agents.push(agent);
    while (running) {
      const answer = await get(url, agent);
      total += 1;
      if ('error' in answer) failed.push(answer.error);
      else if (answer.status !== 200) failed.push(`status ${answer.status}`);
    }
  };
  const all = Array.from({ length: clients }, (_, index) => client(index % 2 === 0));
  return {
    sofar: () => total,
    async stop() {
      running = false;
      await Promise.all(all);
      for (const agent of agents) agent.destroy();
      return { total, failed };
    },
  };
}
