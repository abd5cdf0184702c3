import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { connect as connectTls } from 'node:tls';

/**
 * Connections that nobody wants, in a process of its own: `crowd-main.ts SOURCE ADDRESS PORT HOSTNAME COUNT SEND MILLISECONDS`.
 * All come from one address; one that is closed is opened again, so that the crowd stays as large as it is. Ends by itself.
 */
const [source = '', address = '', port = '', hostname = '', count = '', send = '', milliseconds = ''] =
  process.argv.slice(2);
/** Each opens again at most so often, in milliseconds: a crowd, and no loop that only burns the machine. */
const AGAIN_MS = 500;

// It must cost the service something, and not take the machine away from the load that measures it.
setPriority(5);

const end = performance.now() + Number(milliseconds);
const open = new Set<Socket>();

/** The begin of a TLS record and of a ClientHello that promises 256 bytes and brings none. */
const HALF_HANDSHAKE = Buffer.from([0x16, 0x03, 0x01, 0x01, 0x00, 0x01, 0x00, 0x00, 0xfc, 0x03, 0x03]);

function one(): void {
  if (performance.now() >= end) return;
  const socket = join();
  open.add(socket);
  socket.on('error', () => undefined);
  socket.resume();
  socket.once('close', () => {
    open.delete(socket);
    setTimeout(one, AGAIN_MS);
  });
}

function join(): Socket {
  const where = { host: address, port: Number(port), localAddress: source };
  switch (send) {
    case 'nothing':
      return connect(where);
    case 'half-handshake':
      return connect(where, function (this: Socket) {
        this.write(HALF_HANDSHAKE);
      });
    case 'half-header': {
      // Whom it speaks to does not matter to it.
      const socket = connectTls({ ...where, servername: hostname, rejectUnauthorized: false }, () => {
        socket.write(`GET /v1/uscore/R4/metadata HTTP/1.1\r\nHost: ${hostname}\r\nX-Slow: `);
      });
      return socket;
    }
    case 'new-each':
      return connect(where, function (this: Socket) {
        this.end();
      });
    default:
      throw new Error(`unknown: ${send}`);
  }
}

for (let index = 0; index < Number(count); index += 1) {
  // Not all in the same instant: the machine has to send the other requests, too.
  setTimeout(one, index / 2);
}
setTimeout(() => process.exit(0), Number(milliseconds));
process.once('disconnect', () => process.exit(0));
