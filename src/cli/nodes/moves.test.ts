import { expect, test } from 'vitest';
import type { Name } from '../../model/name.ts';
import type { AnnouncementStatus, Status } from '../../model/status.ts';
import type { SeenNode } from './look.ts';
import { planMoves } from './moves.ts';

test('nothing moves where all nodes announce: the command that takes one out is named', () => {
  // Guards: with no groups there would be nothing to do, and the operator would take that for done.
  const announcement: AnnouncementStatus = { addresses: [], state: 'announced', routers: [] };
  const seen = (name: string): SeenNode => {
    const node = { name: name as Name, conditions: [], reachedAt: [], nodes: [], groups: [], announcement };
    return { kind: 'answered', name, skew: 0, status: { node } as unknown as Status };
  };
  expect(() => planMoves([seen('lb-a'), seen('lb-b')], {})).toThrow(
    expect.objectContaining({
      code: 'addresses-announced',
      mend: expect.stringContaining('aorta withdraw'),
    }),
  );
});
