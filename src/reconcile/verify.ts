import type { DataPlane, StagedGeneration } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import { type Observation, observe } from './observation.ts';
import type { Refusal } from './outcome.ts';

/** A worker that was just started answers within milliseconds; a machine under load may need seconds. */
const patience = 10_000;
/** One that runs the generation shows what it was told within milliseconds; a busy machine may need seconds. */
const proofPatience = 5_000;

const mend = 'look at the log of HAProxy; if it shows nothing, report this as a defect of Aorta';

/** What must be so of a change in service, besides what is so of every generation. */
export interface Proof {
  /** What of the desired state is missing in what was seen; nothing when all is there. */
  missing(seen: Observation): string | undefined;
  /** Looks at what a client sees, once nothing is missing. */
  showing(): Promise<Refusal | undefined>;
}

/**
 * Asks the running HAProxy, not the file, whether a generation is in service: it answers with its digest, and has
 * every frontend and server of it, and all that the proof asks for. Gives back what is missing; nothing when all is
 * well.
 */
export async function verify(
  staged: StagedGeneration,
  dataPlane: DataPlane,
  clock: Clock,
  proof?: Proof,
): Promise<Refusal | undefined> {
  const begun = clock.now();
  while (true) {
    const seen = await observe(dataPlane);
    const absent = whatIsMissing(staged, seen);
    const what = absent ?? proof?.missing(seen);
    if (what === undefined) return await proof?.showing();
    const limit = absent === undefined ? proofPatience : patience;
    // A dead one answers no sooner for being waited for, and nobody is served until it is started again.
    const isOver = clock.now() >= begun + limit || (await dataPlane.adopt()) === undefined;
    if (isOver) return { code: 'verify-failed', what, mend };
    await clock.sleep(20);
  }
}

function whatIsMissing(staged: StagedGeneration, { digest, state }: Observation): string | undefined {
  if (digest === undefined) return 'HAProxy does not say which configuration it runs';
  if (digest !== staged.generation.digest) return 'HAProxy still runs another configuration';
  if (state === undefined) return 'HAProxy does not answer on its runtime socket';
  const frontends = new Set(
    state.frontends.filter(({ status }) => status !== 'stopped').map(({ name }) => name),
  );
  const frontend = staged.frontends.find((name) => !frontends.has(name));
  if (frontend !== undefined) return `the frontend ${frontend} does not listen`;
  const servers = new Set(state.servers.map(({ backend, name }) => `${backend}/${name}`));
  const server = staged.servers.find(({ backend, name }) => !servers.has(`${backend}/${name}`));
  return server === undefined ? undefined : `the server ${server.backend}/${server.name} is not there`;
}
