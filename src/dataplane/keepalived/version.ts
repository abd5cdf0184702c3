import { Failure } from '../../kernel/failure.ts';
import { execute, findProgram } from '../system/exec.ts';

/** The installed keepalived. */
export interface KeepalivedInstallation {
  readonly binary: string;
  /** As it says itself: `2.2.7`. */
  readonly version: string;
  /** The signal at which it writes the state of its instances as JSON. A real-time signal, so it depends on the system. */
  readonly dumpSignal: number;
}

const mend = 'install the package keepalived (2.2 or newer)';

/** @param program a path, or a name to look up @throws Failure `keepalived-missing` */
export async function detectKeepalived(program: string): Promise<KeepalivedInstallation> {
  const binary = findProgram(program);
  if (binary === undefined) throw missing(`there is no program ${program}`);
  const [printed, signal] = await Promise.all([
    execute(binary, ['--version'], 10_000),
    execute(binary, ['--signum=JSON'], 10_000),
  ]).catch((cause: unknown) => {
    throw missing(`${binary} cannot be run`, cause);
  });
  const version = readKeepalivedVersion(printed.stderr);
  if (version === undefined) throw missing(`${binary} does not say a version of keepalived`);
  if (!version.enough) throw missing(`${binary} is keepalived ${version.text}, which is too old`);
  const dumpSignal = Number(/^(\d+)\s*$/.exec(signal.stdout)?.[1]);
  if (!Number.isInteger(dumpSignal)) throw missing(`${binary} was built without JSON`);
  return { binary, version: version.text, dumpSignal };
}

/** Reads what `keepalived --version` prints. 2.2 is the oldest with all that we tell it and ask of it. */
export function readKeepalivedVersion(text: string): { text: string; enough: boolean } | undefined {
  const [, version, major, minor] = /^Keepalived v((\d+)\.(\d+)\.\d+)/m.exec(text) ?? [];
  if (version === undefined) return undefined;
  const [a, b] = [Number(major), Number(minor)];
  return { text: version, enough: a > 2 || (a === 2 && b >= 2) };
}

function missing(what: string, cause?: unknown): Failure {
  return new Failure('keepalived-missing', what, mend, { cause });
}
