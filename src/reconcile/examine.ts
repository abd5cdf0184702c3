import type { DataPlane } from '../dataplane/port.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Desired } from './desired.ts';
import { examineCertificates } from './examine-certificates.ts';
import { examineServers } from './examine-servers.ts';
import { examineWatches } from './examine-watches.ts';
import type { Refusal } from './outcome.ts';

/** Looks at what HAProxy itself cannot judge before it serves. Touches nothing. */
export async function examine(
  before: Desired | undefined,
  desired: Desired,
  dataPlane: DataPlane,
  clock: Clock,
): Promise<readonly Refusal[]> {
  const certificates = examineCertificates(before?.configuration, desired.configuration);
  const [servers, watches] = await Promise.all([
    examineServers(before, desired, dataPlane, clock),
    examineWatches(before, desired, dataPlane),
  ]);
  return [...certificates, ...servers, ...watches];
}
