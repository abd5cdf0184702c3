import type { DataPlane } from '../dataplane/port.ts';

/**
 * Lets the connections end that are open now: HAProxy is reloaded, so that each client is told to open its next one anew, and
 * whatever is under way goes on.
 * @param concerns whether it is about those of a frontend, by its name
 * @returns whether there was anything to end
 * @throws Failure `reload-failed`
 */
export async function endConnections(
  dataPlane: Pick<DataPlane, 'runtimeState' | 'reload'>,
  concerns: (frontend: string) => boolean,
): Promise<boolean> {
  const open = (await dataPlane.runtimeState())?.frontends ?? [];
  if (!open.some(({ name, sessions }) => sessions > 0 && concerns(name))) return false;
  const reloaded = await dataPlane.reload('kept');
  if (!reloaded.ok) throw reloaded.error;
  return true;
}
