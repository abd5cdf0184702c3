import { z } from 'zod';
import { MachineAddress, Port } from './address.ts';
import { FilePath } from './text.ts';

/** Where the controllers of nodes answer unless something else is said. */
export const defaultApiPort = 7443 as Port;

/** Where the controller of a node answers operators and the other nodes; absent: on its control socket only. */
export const NodeApi = z
  .strictObject({
    address: MachineAddress.meta({
      description:
        'The address that the controller listens on; best one that only nodes and operators reach.',
    }),
    port: Port.default(defaultApiPort),
  })
  .meta({ description: 'Where the controller answers over the network.' });
export type NodeApi = z.output<typeof NodeApi>;

/** The files of a node's keys: a directory with the names that `aorta pair keys` gives, or each by itself. */
export type NodeKeys =
  | { readonly kind: 'directory'; readonly directory: string }
  | {
      readonly kind: 'files';
      readonly authority: string;
      readonly certificate: string;
      readonly key: string;
    };

const oneOf = 'write a directory, or `authority`, `certificate` and `key`';

export const NodeKeys = z
  .preprocess(
    (value) => (typeof value === 'string' ? { directory: value } : value),
    z.strictObject({
      directory: FilePath.optional().meta({
        description: 'The directory of `authority.pem`, and of `.pem` and `.key` of the name of the node.',
      }),
      authority: FilePath.optional().meta({ description: 'The certificate of the authority of the pair.' }),
      certificate: FilePath.optional().meta({ description: 'The certificate of this node.' }),
      key: FilePath.optional().meta({ description: 'The private key of this node.' }),
    }),
  )
  .transform(({ directory, authority, certificate, key }, context): NodeKeys => {
    if (directory !== undefined && authority === undefined && certificate === undefined && key === undefined)
      return { kind: 'directory', directory };
    if (directory === undefined && authority !== undefined && certificate !== undefined && key !== undefined)
      return { kind: 'files', authority, certificate, key };
    context.issues.push({ code: 'custom', message: `is not one set of keys: ${oneOf}`, input: directory });
    return z.NEVER;
  })
  .meta({ description: `The keys of this node: ${oneOf}. Paths are relative to the node file.` });

/** What the node file says about the way to its controller; part of the whole node file. */
export const nodeApiFields = {
  api: NodeApi.optional(),
  keys: NodeKeys.optional(),
};
