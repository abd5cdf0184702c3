import { join } from 'node:path';
import type { InsideOrder, InsideReport } from './inside-order.ts';
import { openRoom } from './namespace.ts';
import type { Recording, Variant } from './recording.ts';
import type { Scenario } from './schema.ts';

/** Runs one variant of a scenario once, in a room of its own. @throws Error when it could not be run to its end */
export async function runScenario(
  scenario: Scenario,
  variant: Variant,
  { signal, tell }: { readonly signal?: AbortSignal; readonly tell?: (text: string) => void } = {},
): Promise<Recording> {
  const room = await openRoom(join(import.meta.dirname, 'run-inside.ts'), []);
  const { child } = room;
  try {
    return await new Promise<Recording>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the room ended with ${code} before the scenario did`)));
      child.on('message', (report: InsideReport) => {
        switch (report.kind) {
          case 'ready':
            child.send({ scenario, variant } satisfies InsideOrder);
            return;
          case 'progress':
            tell?.(report.text);
            return;
          case 'recording':
            resolve(report.recording);
            return;
          case 'broken':
            reject(new Error(report.why));
            return;
          default:
            report satisfies never;
        }
      });
    });
  } finally {
    await room.close();
  }
}
