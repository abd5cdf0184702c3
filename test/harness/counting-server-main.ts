import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * A server that can be killed without taking its counts with it: each request with an id is written to a file before it
 * is answered. Arguments: address, port, file. Ends with its parent.
 */
const [address = '', port = '', file = ''] = process.argv.slice(2);
const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    const id = request.headers['x-request-id'];
    if (typeof id === 'string') appendFileSync(file, `${request.method} ${id}\n`);
    // Long enough that there are always requests in flight, as in real life.
    setTimeout(() => response.end(address), id === undefined ? 0 : 5);
  });
});
server.keepAliveTimeout = 75_000;
process.once('disconnect', () => process.exit(0));
server.listen(Number(port), address, () => process.send?.('ready'));
