import type { DataPlane, StagedGeneration } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Refusal } from './outcome.ts';

/** A worker that was just started answers within milliseconds; a machine under load may need seconds. */
const patience = 10_000;

const mend = 'look at the log of HAProxy; if it shows nothing, report this as a defect of Aorta';

/**
 * Asks the running HAProxy, not the file, whether a generation is in service: it answers with its digest, and has
 * every frontend and server of it. Gives back what is missing; nothing when all is well.
 */
export async function verify(
  staged: StagedGeneration,
  dataPlane: DataPlane,
  clock: Clock,
): Promise<Refusal | undefined> {
  const deadline = clock.now() + patience;
  while (true) {
    const missing = await whatIsMissing(staged, dataPlane);
    if (missing === undefined) return undefined;
    // A dead one answers no sooner for being waited for, and nobody is served until it is started again.
    const isOver = clock.now() >= deadline || (await dataPlane.adopt()) === undefined;
    if (isOver) return { code: 'verify-failed', what: missing, mend };
    await clock.sleep(25);
  }
}

async function whatIsMissing(staged: StagedGeneration, dataPlane: DataPlane): Promise<string | undefined> {
  const answered = await dataPlane.identity();
  if (answered === undefined) return 'HAProxy does not say which configuration it runs';
  if (answered !== staged.generation.digest) return 'HAProxy still runs another configuration';
  const state = await dataPlane.runtimeState();
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
