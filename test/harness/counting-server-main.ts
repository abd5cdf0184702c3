import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/**
 * A server that can be killed without taking its counts with it: each request with an id is written to a file before it
 * is answered. Arguments: address, port, file, and for TLS a file with the certificate and its key. A message says what
 * it answers from then on; a check of `/broken` is always answered with 500. Ends with its parent.
 */
const [address = '', port = '', file = '', pem] = process.argv.slice(2);

/** The status of requests with an id, and of those without, which are health checks. */
export interface Answers {
  readonly requests: number;
  readonly checks: number;
}
let answers: Answers = { requests: 200, checks: 200 };

const listener: RequestListener = (request, response) => {
  request.resume();
  request.once('end', () => {
    const id = request.headers['x-request-id'];
    if (typeof id !== 'string') {
      response.statusCode = request.url === '/broken' ? 500 : answers.checks;
      response.end(address);
      return;
    }
    appendFileSync(file, `${request.method} ${id}\n`);
    response.statusCode = answers.requests;
    // Long enough that there are always requests in flight, as in real life.
    setTimeout(() => response.end(id), 5);
  });
};
const server =
  pem === undefined
    ? createServer(listener)
    : createTlsServer({ cert: readFileSync(pem), key: readFileSync(pem) }, listener);
// Longer than the balancer keeps a connection, as its manual asks for.
server.keepAliveTimeout = 600_000;
process.on('message', (message: Answers) => {
  answers = message;
  process.send?.('done');
});
process.once('disconnect', () => process.exit(0));
server.listen(Number(port), address, () => process.send?.('ready'));
