import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { type Attempt, answered, type Question, type Sender, type Way } from './sender.ts';

/** HTTP/1.1 as node:https has it, which sends nothing twice. @param kept false: a new connection for each request */
export function http1Sender(way: Way, kept: boolean): Sender {
  const agent = kept ? new Agent({ keepAlive: true, scheduling: 'fifo' }) : false;
  return {
    send: (question) => send(way, agent, question),
    close: () => {
      if (agent !== false) agent.destroy();
    },
  };
}

function send(way: Way, agent: Agent | false, { method, path, headers, body }: Question): Promise<Attempt> {
  const { address: host, port, localAddress, hostname: servername, secureContext } = way;
  const sentHeaders = {
    host: servername,
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const common = { host, port, localAddress, servername, agent, method, path, headers: sentHeaders };
  // The types of a request do not know that the options of TLS are passed on.
  const options = Object.assign(common, { secureContext });
  return new Promise((resolve) => {
    const sent = request(options, (response) => void collect(response).then(finish));
    const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), way.patience);
    function finish(attempt: Attempt): void {
      clearTimeout(timer);
      resolve(attempt);
    }
    sent.once('error', (error: NodeJS.ErrnoException) =>
      finish(failed(error, sent.reusedSocket ? 'kept connection' : 'new connection')),
    );
    sent.end(body);
  });
}

function collect(response: IncomingMessage): Promise<Attempt> {
  return new Promise((resolve) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    response.once('error', (error) => resolve(failed(error, 'in the answer')));
    response.once('end', () => resolve(answered(response.statusCode ?? 0, body, response.headers)));
  });
}

function failed(error: NodeJS.ErrnoException, where: string): Attempt {
  return { kind: 'failed', what: `${error.code ?? error.message}, ${where}` };
}
