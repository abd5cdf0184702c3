import { join } from 'node:path';
import { outcomeOf } from '../../../lab/scenario/outcome-of.ts';
import { haproxyBinaries } from '../../../scripts/haproxy3.ts';
import type { Result } from './result.ts';
import type { RoomReport } from './room-main.ts';

/**
 * Measures HAProxy as Aorta configures it, side by side with others, in a room of its own: a network, processes and files
 * that the kernel takes away in the end, however it comes.
 */
export async function measureDataPlane(
  extent: 'quick' | 'whole',
  tell: (text: string) => void,
): Promise<Result> {
  if (process.getuid?.() !== 0)
    throw new Error('the bench of the data plane needs root, for a network of its own: run it with sudo');
  // Made ready here: the room has no way out.
  const others = extent === 'quick' ? [] : (await haproxyBinaries()).slice(1);
  return await outcomeOf<Result, RoomReport>(
    join(import.meta.dirname, 'room-main.ts'),
    [extent, ...others.flatMap(({ path, version }) => [path, version])],
    (report, { done, failed }) => {
      switch (report.kind) {
        case 'progress':
          tell(report.text);
          return;
        case 'result':
          done(report.result);
          return;
        case 'broken':
          failed(new Error(report.why));
          return;
        default:
          report satisfies never;
      }
    },
  );
}
