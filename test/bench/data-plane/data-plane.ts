import { join } from 'node:path';
import { openRoom } from '../../../lab/scenario/namespace.ts';
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
  const room = await openRoom(join(import.meta.dirname, 'room-main.ts'), [extent]);
  try {
    return await new Promise<Result>((resolve, reject) => {
      room.child.once('error', reject);
      room.child.once('exit', (code) =>
        reject(new Error(`the room ended with ${code} before the bench did`)),
      );
      room.child.on('message', (report: RoomReport) => {
        switch (report.kind) {
          case 'progress':
            tell(report.text);
            return;
          case 'result':
            resolve(report.result);
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
