import { toAddress } from '../../model/address.ts';

/**
 * What a keepalived.conf of ours says about addresses, read back from the file: the file is what keepalived obeys.
 * Understands what the renderer writes, not the whole language.
 */
export interface KeepalivedOutline {
  readonly instances: readonly OutlineInstance[];
}

export interface OutlineInstance {
  readonly name: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** Whether it takes the addresses back from whoever is wanted less. */
  readonly preempts: boolean;
  /** In the order of the file, the anchor first. */
  readonly addresses: readonly OutlineAddress[];
}

export interface OutlineAddress {
  /** Canonical. */
  readonly address: string;
  /** With its length: `10.20.0.10/32`. */
  readonly cidr: string;
  readonly interface: string;
}

export function readKeepalivedOutline(text: string): KeepalivedOutline {
  const instances: OutlineInstance[] = [];
  for (const block of blocksOf(text)) {
    if (block.words[0] !== 'vrrp_instance') continue;
    const value = (keyword: string): string =>
      block.blocks.find(({ words }) => words[0] === keyword)?.words[1] ?? '';
    const device = value('interface');
    const lists = block.blocks.filter(
      ({ words }) => words[0] === 'virtual_ipaddress' || words[0] === 'virtual_ipaddress_excluded',
    );
    instances.push({
      name: block.words[1] ?? '',
      interface: device,
      virtualRouterId: Number(value('virtual_router_id')),
      priority: Number(value('priority')),
      preempts: block.blocks.every(({ words }) => words[0] !== 'nopreempt'),
      addresses: lists.flatMap(({ blocks }) => blocks.flatMap(({ words }) => readAddress(words, device))),
    });
  }
  return { instances };
}

/** Every virtual address, once, in the order of the file. */
export function virtualAddresses({ instances }: KeepalivedOutline): readonly OutlineAddress[] {
  const all = instances.flatMap(({ addresses }) => addresses);
  return [...new Map(all.map((one) => [one.address, one])).values()];
}

function readAddress([where = '', ...rest]: readonly string[], device: string): OutlineAddress[] {
  const [text = '', length] = where.split('/');
  const address = toAddress(text);
  if (address === undefined) return [];
  const whole = address.includes(':') ? '128' : '32';
  const dev = rest.indexOf('dev');
  const named = dev < 0 ? undefined : rest[dev + 1];
  return [{ address, cidr: `${address}/${length ?? whole}`, interface: named ?? device }];
}

/** A statement, with those in its braces. */
interface Block {
  readonly words: readonly string[];
  readonly blocks: Block[];
}

function blocksOf(text: string): Block[] {
  const root: Block = { words: [], blocks: [] };
  const open = [root];
  const add = (words: readonly string[]): Block => {
    const block = { words, blocks: [] };
    open.at(-1)?.blocks.push(block);
    return block;
  };
  for (const line of text.split('\n')) {
    // A brace may stand on the line of what it belongs to, before and after it.
    for (const part of line.replace(/[!#].*$/, '').split(/(?<=\{)|(?=\})|(?<=\})/)) {
      const words = part
        .replace(/[{}]/g, ' ')
        .split(/\s+/)
        .filter((word) => word !== '');
      if (part.includes('}')) open.pop();
      const block = words.length > 0 ? add(words) : undefined;
      if (part.includes('{')) open.push(block ?? add([]));
    }
  }
  return root.blocks;
}
