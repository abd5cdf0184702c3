import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import { Failure } from '../kernel/failure.ts';

/** Absolute paths that stay the same over all generations. */
export interface RuntimePaths {
  /** The private directory that holds all of these. */
  readonly directory: string;
  readonly adminSocket: string;
  readonly masterSocket: string;
  readonly identitySocket: string;
  readonly controlSocket: string;
  readonly serverStateFile: string;
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
  const inState = pathsIn(join(state, 'run'));
  if (fits(inState)) return inState;
  const name = `aorta-${process.getuid?.() ?? 0}-${sha256(state).slice(0, 16)}`;
  const inTemporary = pathsIn(join(tmpdir(), name));
  return fits(inTemporary) ? inTemporary : pathsIn(join('/tmp', name));
}

function pathsIn(directory: string): RuntimePaths {
  return {
    directory,
    adminSocket: join(directory, 'admin.sock'),
    masterSocket: join(directory, 'master.sock'),
    identitySocket: join(directory, 'identity.sock'),
    controlSocket: join(directory, 'control.sock'),
    serverStateFile: join(directory, 'server-state'),
    pidFile: join(directory, 'haproxy.pid'),
  };
}

function fits(paths: RuntimePaths): boolean {
  return Buffer.byteLength(paths.identitySocket) <= longestSocketPath && plainPath.test(paths.directory);
}

/**
 * Creates the directory of the sockets, private to this account.
 * @throws Failure `state-unusable` when somebody else owns it or could write to it: in a directory that all may
 * write to, its name can be guessed and taken before us.
 */
export function prepareRuntimeDirectory(paths: RuntimePaths): void {
  const { directory } = paths;
  const mend = `remove ${directory}, or choose another state directory`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Failure('state-unusable', `the directory ${directory} cannot be created`, mend, { cause });
  }
  const found = lstatSync(directory);
  if (!found.isDirectory()) throw new Failure('state-unusable', `${directory} is not a directory`, mend);
  if (found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new Failure(
      'state-unusable',
      `${directory} belongs to, or can be written by, another account`,
      mend,
    );
  }
}
