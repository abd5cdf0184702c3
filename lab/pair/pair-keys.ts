import { join } from 'node:path';
import { NODES, nodeAddresses } from './addresses.ts';
import { feed } from './ip.ts';
import { storeAddress, WITNESS } from './store-members.ts';

/** Makes the keys by which the nodes know each other, with the product's own command. @returns where they are */
export async function makePairKeys(root: string, directory: string): Promise<string> {
  const members = [
    ...NODES.map((name) => [name, nodeAddresses(name).pairAddress]),
    // Only where there is a shared store does anybody have its key.
    [WITNESS, storeAddress],
  ];
  const nodes = members.flatMap(([name, address]) => ['--node', `${name}=${address}`]);
  const keys = join(directory, 'keys');
  await feed([join(root, 'bin', 'aorta'), ['pair', 'keys', ...nodes, '--out', keys]]);
  return keys;
}
