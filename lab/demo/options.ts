import { parseArgs } from 'node:util';

export type Options =
  | {
      readonly kind: 'estate';
      readonly deployment: 'recommended' | 'minimum';
      readonly tls: 'bridging' | 'offload';
    }
  | { readonly kind: 'file'; readonly file: string };

/** Something the person at the terminal can mend; the message says how. */
export class Mistake extends Error {}

export const usage = `npm start                                           a simulated estate with Aorta in front of it
npm start -- --deployment recommended|minimum       which of the two deployments
npm start -- --tls bridging|offload                 TLS or plain HTTP to the API servers
npm start -- --file my.yaml                         your own declaration, without the estate
`;

/** @returns undefined when help was asked for @throws Mistake */
export function readOptions(arguments_: readonly string[]): Options | undefined {
  const values = parse(arguments_);
  if (values.help) return undefined;
  const { deployment = 'recommended', tls = 'bridging', file } = values;
  if (file !== undefined) {
    if (values.deployment !== undefined || values.tls !== undefined) {
      throw new Mistake('--file brings its own deployment: leave --deployment and --tls out');
    }
    return { kind: 'file', file };
  }
  if (deployment !== 'recommended' && deployment !== 'minimum') {
    throw new Mistake(`--deployment is recommended or minimum, not ${JSON.stringify(deployment)}`);
  }
  if (tls !== 'bridging' && tls !== 'offload') {
    throw new Mistake(`--tls is bridging or offload, not ${JSON.stringify(tls)}`);
  }
  return { kind: 'estate', deployment, tls };
}

function parse(arguments_: readonly string[]) {
  try {
    return parseArgs({
      args: [...arguments_],
      options: {
        deployment: { type: 'string' },
        tls: { type: 'string' },
        file: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new Mistake(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
