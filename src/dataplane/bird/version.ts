import { Failure } from '../../kernel/failure.ts';
import { execute, findProgram } from '../system/exec.ts';

/** The installed BIRD. */
export interface BirdInstallation {
  readonly binary: string;
  /** As it says itself: `2.0.12`. */
  readonly version: string;
}

const mend = 'install the package bird2 (2.0.8 or newer of BIRD 2)';

/** @param program a path, or a name to look up @throws Failure `bird-missing` */
export async function detectBird(program: string): Promise<BirdInstallation> {
  const binary = findProgram(program);
  if (binary === undefined) throw missing(`there is no program ${program}`);
  const { stdout, stderr } = await execute(binary, ['--version'], 10_000).catch((cause: unknown) => {
    throw missing(`${binary} cannot be run`, cause);
  });
  const version = readBirdVersion(stdout + stderr);
  if (version === undefined) throw missing(`${binary} does not say a version of BIRD`);
  if (!version.fits) throw missing(`${binary} is BIRD ${version.text}, which is another language`);
  return { binary, version: version.text };
}

/** Reads what `bird --version` prints. BIRD 1 and 3 say some things in other words. */
export function readBirdVersion(text: string): { text: string; fits: boolean } | undefined {
  const [, version, major, minor, patch = '0'] = /^BIRD version ((\d+)\.(\d+)(?:\.(\d+))?)/m.exec(text) ?? [];
  if (version === undefined) return undefined;
  const [a, b, c] = [Number(major), Number(minor), Number(patch)];
  return { text: version, fits: a === 2 && (b > 0 || c >= 8) };
}

function missing(what: string, cause?: unknown): Failure {
  return new Failure('bird-missing', what, mend, { cause });
}
