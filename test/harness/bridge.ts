import { createServer, type Server, type Socket } from 'node:net';

/** Hands every connection on to somewhere else, byte by byte. @param open connects to there */
export function bridgeTo(open: () => Socket): Server {
  return createServer((near) => {
    const far = open();
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
}
