import type { z } from 'zod';
import { Parameters } from '../../blueprints/meditech/restful-api/parameters.ts';
import { checkShape, type Shape, shapeOf } from '../../declaration/shape.ts';
import { ListenAddress, MachineAddress, Network } from '../../model/address.ts';
import { Hostname } from '../../model/hostname.ts';
import { Name } from '../../model/name.ts';
import { FilePath, Text } from '../../model/text.ts';

/** What `aorta init` must know, as texts: one for most questions, several for lists. */
export type Answers = Readonly<Partial<Record<Key, readonly string[]>>>;

export type Key =
  | 'site'
  | 'deployment'
  | 'tls'
  | 'apisHostname'
  | 'apisAddress'
  | 'second'
  | 'appsHostname'
  | 'appsAddress'
  | 'trustedAllow'
  | 'trustedAddress'
  | 'certificate'
  | 'passwordFile'
  | 'apiServer'
  | 'cacheServer'
  | 'platformService'
  | 'fileLibrary'
  | 'monitorService'
  | 'ca'
  | 'trustedSegment';

/** Whether a question belongs to what was answered before it. */
export type Need =
  | { readonly kind: 'required' }
  | { readonly kind: 'optional' }
  /** In words for people: `with --tls offload`. */
  | { readonly kind: 'useless'; readonly because: string };

export interface Question {
  readonly key: Key;
  /** How the command line calls the answer; absent when it follows from other answers. */
  readonly flag?: string;
  readonly ask: string;
  readonly example: string;
  readonly form:
    | { readonly kind: 'text' }
    | { readonly kind: 'list' }
    | { readonly kind: 'choice'; readonly choices: readonly Choice[] };
  need(answers: Answers): Need;
  /** What is wrong with one text, in the words of `aorta check`; undefined when it is fine. */
  complain(text: string): string | undefined;
  /** What is wrong with a list as a whole. */
  complainOfAll?(texts: readonly string[]): string | undefined;
}

export interface Choice {
  readonly value: string;
  readonly hint: string;
}

const required: Need = { kind: 'required' };
const optional: Need = { kind: 'optional' };
const always = (): Need => required;
const maybe = (): Need => optional;

/** Needed when another answer has a value; of no use otherwise. */
function when(key: Key, value: string, need: Need, because: string) {
  return (answers: Answers): Need => (answers[key]?.[0] === value ? need : { kind: 'useless', because });
}

function complaintOf(shape: Shape<z.ZodType>): (text: string) => string | undefined {
  return (text) => {
    const [finding] = checkShape(shape, text, []).findings;
    return finding === undefined ? undefined : `${finding.what}; ${finding.mend}`;
  };
}

const site = complaintOf(shapeOf(Text));
const hostname = complaintOf(shapeOf(Hostname));
const listenAddress = complaintOf(shapeOf(ListenAddress));
const machineAddress = complaintOf(shapeOf(MachineAddress));
const network = complaintOf(shapeOf(Network));
const filePath = complaintOf(shapeOf(FilePath));
const name = complaintOf(shapeOf(Name));
const { deployment, tls } = Parameters.shape;

/** `name=address` apart; undefined when there is no `=`. */
export function splitMachine(text: string): { readonly name: string; readonly address: string } | undefined {
  const at = text.indexOf('=');
  return at < 0 ? undefined : { name: text.slice(0, at), address: text.slice(at + 1) };
}

function machine(text: string): string | undefined {
  const parts = splitMachine(text);
  if (parts === undefined) return `${JSON.stringify(text)} has no name; write it as name=address`;
  return name(parts.name) ?? machineAddress(parts.address);
}

/** A mapping has each name once; of two the first would be lost. */
function namedTwice(texts: readonly string[]): string | undefined {
  const names = texts.map((one) => splitMachine(one)?.name);
  const twice = names.find((one, index) => one !== undefined && names.indexOf(one) < index);
  return twice === undefined
    ? undefined
    : `${JSON.stringify(twice)} is there twice; give two machines two names`;
}

const text = { kind: 'text' } as const;
const list = { kind: 'list' } as const;

/** In the order in which they are asked: a question may depend on those before it. */
export const questions: readonly Question[] = [
  {
    key: 'site',
    flag: '--site',
    ask: 'Name of the site',
    example: 'St. Elsewhere',
    form: text,
    need: always,
    complain: site,
  },
  {
    key: 'deployment',
    flag: '--deployment',
    ask: 'Deployment',
    example: 'recommended',
    form: {
      kind: 'choice',
      choices: [
        { value: 'recommended', hint: 'API servers, with Cache servers of their own behind them' },
        { value: 'minimum', hint: 'each API server also runs the Cache service' },
      ],
    },
    need: always,
    complain: complaintOf(shapeOf(deployment)),
  },
  {
    key: 'tls',
    flag: '--tls',
    ask: 'TLS to the API servers',
    example: 'bridging',
    form: {
      kind: 'choice',
      choices: [
        { value: 'bridging', hint: 'new TLS, certificate verified' },
        { value: 'offload', hint: 'plain HTTP, for a segment documented as trusted' },
      ],
    },
    need: maybe,
    complain: complaintOf(shapeOf(tls)),
  },
  {
    key: 'apisHostname',
    flag: '--apis-hostname',
    ask: 'Host name of the API service',
    example: 'mtrestapis-live01.stelsewhere.example',
    form: text,
    need: always,
    complain: hostname,
  },
  {
    key: 'apisAddress',
    flag: '--apis-address',
    ask: 'Virtual address of the API service',
    example: '10.20.0.10',
    form: text,
    need: always,
    complain: listenAddress,
  },
  {
    key: 'second',
    ask: 'Second service',
    example: 'apps',
    form: {
      kind: 'choice',
      choices: [
        { value: 'apps', hint: 'the apps host name, on the same servers' },
        { value: 'trusted', hint: 'no apps host: the same API for an allow-list of networks' },
      ],
    },
    need: always,
    complain: (value) => (value === 'apps' || value === 'trusted' ? undefined : 'choose apps or trusted'),
  },
  {
    key: 'appsHostname',
    flag: '--apps-hostname',
    ask: 'Host name of the apps service',
    example: 'mtrestapps-live01.stelsewhere.example',
    form: text,
    need: when('second', 'apps', required, 'beside --trusted-allow or --trusted-address'),
    complain: hostname,
  },
  {
    key: 'appsAddress',
    flag: '--apps-address',
    ask: 'Virtual address of the apps service (not that of the API service)',
    example: '10.20.0.11',
    form: text,
    need: when('second', 'apps', required, 'beside --trusted-allow or --trusted-address'),
    complain: listenAddress,
  },
  {
    key: 'trustedAllow',
    flag: '--trusted-allow',
    ask: 'Networks of the trusted clients',
    example: '10.30.0.0/16',
    form: list,
    need: when('second', 'trusted', required, 'without a trusted service'),
    complain: network,
  },
  {
    key: 'trustedAddress',
    flag: '--trusted-address',
    ask: 'Virtual address of the trusted service (not that of the API service)',
    example: '10.20.0.12',
    form: text,
    need: when('second', 'trusted', required, 'without a trusted service'),
    complain: listenAddress,
  },
  {
    key: 'certificate',
    flag: '--certificate',
    ask: 'File with certificate, chain and key (.pem, or .pfx from Windows)',
    example: 'certs/live.pem',
    form: text,
    need: always,
    complain: filePath,
  },
  {
    key: 'passwordFile',
    flag: '--password-file',
    ask: 'File with the password of that file',
    example: 'certs/live.password',
    form: text,
    need: maybe,
    complain: filePath,
  },
  {
    key: 'apiServer',
    flag: '--api-server',
    ask: 'API servers',
    example: 'api-1=10.20.1.11',
    form: list,
    need: always,
    complain: machine,
    complainOfAll: namedTwice,
  },
  {
    key: 'cacheServer',
    flag: '--cache-server',
    ask: 'Cache servers',
    example: 'cache-1=10.20.2.11',
    form: list,
    need: when('deployment', 'recommended', optional, 'with --deployment minimum'),
    complain: machine,
    complainOfAll: namedTwice,
  },
  {
    key: 'platformService',
    flag: '--platform-service',
    ask: 'Platform Service',
    example: 'platform-1=10.20.3.11',
    form: list,
    need: maybe,
    complain: machine,
    complainOfAll: namedTwice,
  },
  {
    key: 'fileLibrary',
    flag: '--file-library',
    ask: 'File Library',
    example: 'files-1=10.20.3.12',
    form: list,
    need: maybe,
    complain: machine,
    complainOfAll: namedTwice,
  },
  {
    key: 'monitorService',
    flag: '--monitor-service',
    ask: 'Monitor Service',
    example: 'monitor-1=10.20.3.13',
    form: list,
    need: maybe,
    complain: machine,
    complainOfAll: namedTwice,
  },
  {
    key: 'ca',
    flag: '--ca',
    ask: "File with the authority that signed the API servers' certificates",
    example: 'certs/hospital-ca.pem',
    form: text,
    need: (answers) =>
      answers.tls?.[0] === 'offload' ? { kind: 'useless', because: 'with --tls offload' } : required,
    complain: filePath,
  },
  {
    key: 'trustedSegment',
    flag: '--trusted-segment',
    ask: 'Name of the network segment that is documented as trusted',
    example: 'server VLAN 120',
    form: text,
    need: when('tls', 'offload', optional, 'with --tls bridging'),
    complain: site,
  },
];
