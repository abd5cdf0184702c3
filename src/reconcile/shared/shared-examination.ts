import type { DataPlane } from '../../dataplane/port.ts';
import { Failure } from '../../kernel/failure.ts';
import { heldAddresses } from '../../model/held-addresses.ts';
import type { StoredDeclaration } from '../../store/revision.ts';
import { accept } from '../desired.ts';
import { examine } from '../examine.ts';
import { isError } from '../outcome.ts';
import type { Serving } from '../serving.ts';

/** Why this node would not take a declaration, as a clause; undefined when it would. Touches nothing. */
export async function refusalHere(
  serving: Serving,
  declaration: StoredDeclaration,
  force: boolean,
): Promise<string | undefined> {
  const { clock, node, dataPlane } = serving.parts;
  const accepted = accept(declaration, clock.now(), node);
  if (!accepted.ok)
    return accepted.error.find(({ severity }) => severity === 'error')?.what ?? 'it is not valid';
  const before = serving.now?.desired;
  const { desired } = await serving.forecast(accepted.value);
  if (force) return undefined;
  return (await examine(before, desired, dataPlane, clock)).find(isError)?.what;
}

/** Whether a virtual address is on this node; false when nobody can say. */
export async function holdsAddresses({ addresses }: DataPlane): Promise<boolean> {
  try {
    const state = await addresses.state();
    return heldAddresses(state?.instances ?? []).length > 0;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
