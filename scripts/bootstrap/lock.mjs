import { connect, createServer } from 'node:net';

/**
 * Runs `work` while holding a lock named `name` on this machine. The lock is an abstract Unix socket: the kernel frees it
 * when its owner ends, however it ends, so there is no stale lock file to clean up after a crash.
 */
export async function whileLocked(name, waitingFor, work) {
  const lock = await acquire(`\0${name}`, waitingFor);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function acquire(address, waitingFor) {
  for (let said = false; ; ) {
    const lock = await tryToListen(address);
    if (lock !== undefined) return lock;
    if (!said) console.error(`Waiting for ${waitingFor} to finish ...`);
    said = true;
    await ownerToEnd(address);
  }
}

function tryToListen(address) {
  return new Promise((resolve, reject) => {
    const waiters = new Set();
    const server = createServer((socket) => {
      waiters.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => waiters.delete(socket));
    });
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      resolve({
        release() {
          server.close();
          for (const waiter of waiters) waiter.destroy();
        },
      });
    });
  });
}

/** Resolves when the connection to the owner ends, that is when the lock may be free. */
function ownerToEnd(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.on('error', () => {});
    socket.on('close', resolve);
    socket.resume();
  });
}
