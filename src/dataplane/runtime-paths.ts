import { chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import { ownDirectory } from './own-directory.ts';

/** Absolute paths that stay the same over all generations. */
export interface RuntimePaths {
  /** The private directory that holds all of these. */
  readonly directory: string;
  readonly adminSocket: string;
  readonly masterSocket: string;
  readonly identitySocket: string;
  readonly controlSocket: string;
  /**
   * In a directory of its own when HAProxy's workers run as another account: they have to reach this one, and
   * nothing else. Nobody but them may use it.
   */
  readonly peersSocket: string;
  /** Beside that of the peers, and for the same reason. */
  readonly hopSocket: string;
  readonly serverStateFile: string;
  /** Read by keepalived, on a node of a pair: whether HAProxy serves. */
  readonly healthFile: string;
  /** Read by keepalived, on a node of a pair: what was decided about each group of addresses. Its name follows. */
  readonly groupFiles: string;
  /** Read by BIRD, on a node that announces addresses: whether HAProxy serves, and whether they are withdrawn on purpose. */
  readonly birdHealthFile: string;
  readonly birdWithdrawalFile: string;
  readonly pidFile: string;
}

/**
 * A unix socket's path has 107 bytes at most (unix(7)). HAProxy binds under a temporary name first,
 * `PATH.PID.tmp`, and a pid has up to 7 digits, so 12 bytes of these are not ours.
 */
const longestSocketPath = 107 - 12;

/** Commas and blanks separate words for HAProxy's -S option, so only paths without any such character are used. */
const plainPath = /^[A-Za-z0-9/._+-]+$/;

/**
 * Where the sockets and volatile files of a state directory live: in `run` below it, or, when that path is too
 * long or too odd for a socket, in a private directory for temporary files that is named after it. Only computes.
 */
export function runtimePaths(stateDirectory: string): RuntimePaths {
  const state = resolve(stateDirectory);
  const name = `aorta-${process.getuid?.() ?? 0}-${sha256(state).slice(0, 16)}`;
  const candidates = [
    pathsIn(join(state, 'run'), join(tmpdir(), `${name}-peers`)),
    pathsIn(join(tmpdir(), name), join(tmpdir(), `${name}-peers`)),
  ];
  return candidates.find(fits) ?? pathsIn(join('/tmp', name), join('/tmp', `${name}-peers`));
}

/** @param shared where another account can reach sockets; only needed when HAProxy's workers have one */
function pathsIn(directory: string, shared: string): RuntimePaths {
  const reachable = process.getuid?.() === 0 ? shared : directory;
  return {
    directory,
    adminSocket: join(directory, 'admin.sock'),
    masterSocket: join(directory, 'master.sock'),
    identitySocket: join(directory, 'identity.sock'),
    controlSocket: join(directory, 'control.sock'),
    peersSocket: join(reachable, 'peers.sock'),
    hopSocket: join(reachable, 'hop.sock'),
    serverStateFile: join(directory, 'server-state'),
    pidFile: join(directory, 'haproxy.pid'),
    healthFile: join(directory, 'vrrp-health'),
    groupFiles: join(directory, 'vrrp-group-'),
    birdHealthFile: join(directory, 'bird-health'),
    birdWithdrawalFile: join(directory, 'bird-withdrawal'),
  };
}

function fits(paths: RuntimePaths): boolean {
  const sockets = [paths.identitySocket, paths.peersSocket, paths.hopSocket];
  return sockets.every((path) => Buffer.byteLength(path) <= longestSocketPath && plainPath.test(path));
}

/**
 * Creates the directory of the sockets, private to this account.
 * @throws Failure `state-unusable` when somebody else owns it or could write to it: in a directory that all may
 * write to, its name can be guessed and taken before us.
 */
export function prepareRuntimeDirectory(paths: RuntimePaths): void {
  ownDirectory(paths.directory, 0o700);
}

/**
 * Creates the directory of the sockets that workers reach, when it is one of its own: others may pass through it, and see nothing.
 * @throws Failure `state-unusable`
 */
export function preparePeersDirectory({ directory, peersSocket }: RuntimePaths): void {
  const own = dirname(peersSocket);
  if (own === directory) return;
  ownDirectory(own, 0o711);
  // The umask of the process may have taken bits away.
  chmodSync(own, 0o711);
}

export function removePeersDirectory({ directory, peersSocket }: RuntimePaths): void {
  const own = dirname(peersSocket);
  if (own !== directory) rmSync(own, { recursive: true, force: true });
}
