import { Failure } from '../../kernel/failure.ts';
import { call } from '../client.ts';
import type { RemoteNode } from './remote-node.ts';

/** What cannot be ended now ends by itself, and does no harm until then. */
export async function settle(node: RemoteNode, tell: (text: string) => void): Promise<void> {
  try {
    await call(node, 'settle');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tell(`${node.name} sends on what strays in for some minutes more: ${error.message}`);
  }
}
