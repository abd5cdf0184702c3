import type { Socket } from 'node:net';

/**
 * Reads requests one after the other from a kept connection, and treats each as its path says: `/fin` ends the
 * connection without an answer, `/reset` resets it, `/half` breaks off in the body, `/garbage` is no HTTP, `/silent` is
 * never answered. Anything else is answered.
 */
export function breakingServer(answered: (path: string, head: string) => void, extraHeaders = '') {
  return (socket: Socket): void => {
    let received = '';
    socket.on('data', (part) => {
      received += part.toString('latin1');
      for (let size = wholeRequest(received); size !== undefined; size = wholeRequest(received)) {
        const head = received.slice(0, received.indexOf('\r\n\r\n'));
        received = received.slice(size);
        const path = head.split(' ')[1] ?? '';
        answered(path, head);
        if (path.startsWith('/fin')) socket.end();
        else if (path.startsWith('/reset')) socket.resetAndDestroy();
        else if (path.startsWith('/garbage')) socket.end('220 no web server\r\n\r\n');
        else if (path.startsWith('/half')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
        else if (!path.startsWith('/silent'))
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${extraHeaders}\r\nfine`);
      }
    });
  };
}

/** The length of the first request in it, when it is there as a whole. */
function wholeRequest(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = text.slice(0, end).toLowerCase();
  if (/\ntransfer-encoding: chunked/.test(head)) {
    const last = text.indexOf('0\r\n\r\n', end + 4);
    return last < 0 ? undefined : last + 5;
  }
  const size = end + 4 + Number(/\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  return text.length < size ? undefined : size;
}
