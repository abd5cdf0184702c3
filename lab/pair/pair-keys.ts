import { join } from 'node:path';
import { NODES, nodeAddresses } from './addresses.ts';
import { feed } from './ip.ts';

/** Makes the keys by which the nodes know each other, with the product's own command. @returns where they are */
export async function makePairKeys(root: string, directory: string): Promise<string> {
  const nodes = NODES.flatMap((name) => ['--node', `${name}=${nodeAddresses(name).pairAddress}`]);
  const keys = join(directory, 'keys');
  await feed([join(root, 'bin', 'aorta'), ['pair', 'keys', ...nodes, '--out', keys]]);
  return keys;
}
