import { z } from 'zod';
import { distinct } from './distinct.ts';
import { FilePath } from './text.ts';

/** Whether traffic to a host stays on this machine. */
const onThisMachine = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

const asUrl = 'is not where a member of etcd answers: write it as https://10.20.1.2:2379';

/** Where a member of etcd answers clients. */
const MemberUrl = z
  .string()
  .refine((text) => /^https?:\/\/[A-Za-z0-9.:[\]-]+:\d{1,5}$/.test(text) && URL.canParse(text), {
    error: asUrl,
    abort: true,
  })
  .refine((text) => text.startsWith('https:') || onThisMachine.test(new URL(text).hostname), {
    error: 'is another machine, so anybody on the way could change what it says: write https',
  });

const oneOf = 'write `etcd`, the members of it, or `file`';

/** Where a node keeps what it shares with the others. */
export type NodeStore =
  | { readonly kind: 'etcd'; readonly members: readonly string[]; readonly sealKey?: string }
  | { readonly kind: 'file'; readonly file: string; readonly sealKey?: string };

export const NodeStore = z
  .strictObject({
    etcd: distinct(MemberUrl).min(1).optional().meta({
      description:
        'Where the members of etcd answer clients, each as `https://ADDRESS:PORT`. They show certificates by the authority of `keys`, and so does this node.',
    }),
    file: FilePath.optional().meta({
      description: 'A file in the place of etcd, for nodes that all run on one machine: to try it out.',
    }),
    sealKey: FilePath.optional().meta({
      description:
        'The file of the key by which everything is sealed before it leaves this machine, the same on all nodes; by default `store.seal` in the directory `keys`.',
    }),
  })
  .transform(({ etcd, file, sealKey }, context): NodeStore => {
    const seal = sealKey === undefined ? {} : { sealKey };
    if (etcd !== undefined && file === undefined) return { kind: 'etcd', members: etcd, ...seal };
    if (file !== undefined && etcd === undefined) return { kind: 'file', file, ...seal };
    context.issues.push({ code: 'custom', message: `is not one store: ${oneOf}`, input: etcd });
    return z.NEVER;
  })
  .meta({ description: `What this node shares with the others of its pair, and where: ${oneOf}.` });

/** What the node file says about the shared store; part of the whole node file. */
export const nodeStoreFields = { store: NodeStore.optional() };
