import { join } from 'node:path';
import type { InsideOrder, InsideReport } from './inside-order.ts';
import { outcomeOf } from './outcome-of.ts';
import type { Recording, Variant } from './recording.ts';
import type { Scenario } from './schema.ts';

/** Runs one variant of a scenario once, in a room of its own. @throws Error when it could not be run to its end */
export async function runScenario(
  scenario: Scenario,
  variant: Variant,
  { signal, tell }: { readonly signal?: AbortSignal; readonly tell?: (text: string) => void } = {},
): Promise<Recording> {
  return await outcomeOf<Recording, InsideReport>(
    join(import.meta.dirname, 'run-inside.ts'),
    [],
    (report, { done, failed }, child) => {
      switch (report.kind) {
        case 'ready':
          child.send({ scenario, variant } satisfies InsideOrder);
          return;
        case 'progress':
          tell?.(report.text);
          return;
        case 'recording':
          done(report.recording);
          return;
        case 'broken':
          failed(new Error(report.why));
          return;
        default:
          report satisfies never;
      }
    },
    ({ failed }) => signal?.addEventListener('abort', () => failed(new Error('interrupted')), { once: true }),
  );
}
