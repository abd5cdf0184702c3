import type { DataPlane, Loaded } from '../dataplane/port.ts';
import type { RuntimeState } from '../model/runtime-state.ts';

/** What a running HAProxy says of itself, asked once. All absent: none runs, or it does not answer. */
export interface Observation {
  /** Of the generation that it runs. */
  readonly digest?: string;
  readonly state?: RuntimeState;
  readonly loaded?: Loaded;
}

/** Asks a running HAProxy for all that can be compared with what is desired. */
export async function observe(
  dataPlane: Pick<DataPlane, 'identity' | 'runtimeState' | 'loaded'>,
): Promise<Observation> {
  // Alone: reading what thousands of servers say could keep a short answer waiting beyond its time limit.
  const digest = await dataPlane.identity();
  const [state, loaded] = await Promise.all([dataPlane.runtimeState(), dataPlane.loaded()]);
  return {
    ...(digest === undefined ? {} : { digest }),
    ...(state === undefined ? {} : { state }),
    ...(loaded === undefined ? {} : { loaded }),
  };
}
