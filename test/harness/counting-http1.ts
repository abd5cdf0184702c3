import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import {
  type Attempt,
  cookieOf,
  patience,
  payload,
  type Question,
  type Sender,
  type Way,
} from './counting-attempt.ts';

/** HTTP/1.1 as node:http has it, which sends nothing twice. @param kept false: a new connection for each request */
export function http1Sender(way: Way, kept: boolean): Sender {
  const tls = way.secureContext !== undefined;
  const agent = kept ? new (tls ? TlsAgent : Agent)({ keepAlive: true, maxSockets: 1 }) : false;
  return {
    send: (question) => send(way, agent, question),
    close: () => {
      if (agent !== false) agent.destroy();
    },
  };
}

function send(way: Way, agent: Agent | false, { method, path, id, cookie }: Question): Promise<Attempt> {
  const { address, port, hostname, localAddress, secureContext } = way;
  const headers = { host: hostname, 'x-request-id': id, ...(cookie === undefined ? {} : { cookie }) };
  const common = { host: address, port, path, method, agent, headers, localAddress, timeout: patience };
  return new Promise((resolve) => {
    const onAnswer = (response: IncomingMessage) => void collect(response).then(resolve);
    const sent: ClientRequest =
      secureContext === undefined
        ? request(common, onAnswer)
        : requestTls(Object.assign(common, { secureContext, servername: hostname }), onAnswer);
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.once('error', (error) =>
      resolve(failed(error, sent.reusedSocket ? 'kept connection' : 'new connection')),
    );
    sent.end(method === 'POST' ? payload : undefined);
  });
}

function collect(response: IncomingMessage): Promise<Attempt> {
  return new Promise((resolve) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    response.once('error', (error) => resolve(failed(error, 'in the answer')));
    response.once('end', () => {
      const cookie = cookieOf(response.headers);
      const { statusCode: status = 0 } = response;
      resolve({ kind: 'answered', status, body, ...(cookie === undefined ? {} : { cookie }) });
    });
  });
}

function failed(error: NodeJS.ErrnoException, where: string): Attempt {
  return { kind: 'failed', what: `${error.code ?? error.message}, ${where}` };
}
