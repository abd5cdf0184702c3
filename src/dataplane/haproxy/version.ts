import { Failure } from '../../kernel/failure.ts';
import type { EngineAbilities } from '../../plan/scene.ts';
import { execute, findProgram } from '../system/exec.ts';

/** The installed HAProxy. */
export interface Installation {
  /** Absolute: the master starts itself again on a reload, in another directory. */
  readonly binary: string;
  /** As it says itself: `2.6.12-1+deb12u4`. */
  readonly version: string;
  readonly capabilities: Capabilities;
}

export interface Capabilities extends EngineAbilities {
  /** The master answers `reload` when it is done and says whether it worked. */
  readonly synchronousReload: boolean;
}

type Branch = readonly [major: number, minor: number];

/** The oldest branch that we run on. */
const oldest: Branch = [2, 6];

/** Since which branch HAProxy can do what. The one place where versions are compared. */
const since: Readonly<Record<keyof Capabilities, Branch>> = {
  synchronousReload: [2, 7],
  dynamicCookie: [3, 0],
};

const mend = 'install the package haproxy (2.6 or newer), or name the program';

/**
 * Finds HAProxy and what it can do.
 * @throws Failure `haproxy-missing`
 */
export async function detectHaproxy(program: string): Promise<Installation> {
  const binary = findProgram(program);
  if (binary === undefined) throw new Failure('haproxy-missing', `there is no program ${program}`, mend);
  const printed = await execute(binary, ['-v'], 10_000).catch((cause: unknown) => {
    throw new Failure('haproxy-missing', `${binary} cannot be run`, mend, { cause });
  });
  const version = readVersion(printed.stdout);
  if (version === undefined)
    throw new Failure('haproxy-missing', `${binary} does not say a version of HAProxy`, mend);
  if (!reaches(version.branch, oldest)) {
    throw new Failure('haproxy-missing', `${binary} is HAProxy ${version.text}, which is too old`, mend);
  }
  return { binary, version: version.text, capabilities: capabilitiesOf(version.branch) };
}

/** Reads what `haproxy -v` prints. */
export function readVersion(text: string): { readonly text: string; readonly branch: Branch } | undefined {
  const match = /^HA-?Proxy version ((\d+)\.(\d+)\S*)/m.exec(text);
  return match?.[1] === undefined
    ? undefined
    : { text: match[1], branch: [Number(match[2]), Number(match[3])] };
}

export function capabilitiesOf(branch: Branch): Capabilities {
  return {
    synchronousReload: reaches(branch, since.synchronousReload),
    dynamicCookie: reaches(branch, since.dynamicCookie),
  };
}

function reaches(branch: Branch, wanted: Branch): boolean {
  return branch[0] > wanted[0] || (branch[0] === wanted[0] && branch[1] >= wanted[1]);
}
