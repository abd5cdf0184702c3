import { z } from 'zod';
import { ListenAddress, Network } from '../../../model/address.ts';
import { Hostname } from '../../../model/hostname.ts';
import { FilePath, Text } from '../../../model/text.ts';
import type { Answers, Need, Question } from '../../starter.ts';
import { Parameters } from './parameters.ts';

const { deployment, tls } = Parameters.shape;

const required: Need = { kind: 'required' };
const optional: Need = { kind: 'optional' };
const always = (): Need => required;
const maybe = (): Need => optional;

/** Needed when another answer has a value; of no use otherwise. */
function when(key: string, value: string, need: Need, because: string) {
  return (answers: Answers): Need => (answers[key]?.[0] === value ? need : { kind: 'useless', because });
}

/** What a first declaration of this kind of estate must know. */
export const questions: readonly Question[] = [
  {
    key: 'site',
    flag: '--site',
    ask: 'Name of the site',
    example: 'St. Elsewhere',
    form: { kind: 'text', schema: Text },
    need: always,
  },
  {
    key: 'deployment',
    flag: '--deployment',
    ask: 'Deployment',
    example: 'recommended',
    form: {
      kind: 'choice',
      schema: deployment,
      choices: [
        { value: 'recommended', hint: 'API servers, with Cache servers of their own behind them' },
        { value: 'minimum', hint: 'each API server also runs the Cache service' },
      ],
    },
    need: always,
  },
  {
    key: 'tls',
    flag: '--tls',
    ask: 'TLS to the API servers',
    example: 'bridging',
    form: {
      kind: 'choice',
      schema: tls,
      choices: [
        { value: 'bridging', hint: 'new TLS, certificate verified' },
        { value: 'offload', hint: 'plain HTTP, for a segment documented as trusted' },
      ],
    },
    need: maybe,
  },
  {
    key: 'apisHostname',
    flag: '--apis-hostname',
    ask: 'Host name of the API service',
    example: 'mtrestapis-live01.stelsewhere.example',
    form: { kind: 'text', schema: Hostname },
    need: always,
  },
  {
    key: 'apisAddress',
    flag: '--apis-address',
    ask: 'Virtual address of the API service',
    example: '10.20.0.10',
    form: { kind: 'text', schema: ListenAddress },
    need: always,
  },
  {
    key: 'second',
    ask: 'Second service',
    example: 'apps',
    form: {
      kind: 'choice',
      schema: z.enum(['apps', 'trusted']),
      choices: [
        { value: 'apps', hint: 'the apps host name, on the same servers' },
        { value: 'trusted', hint: 'no apps host: the same API for an allow-list of networks' },
      ],
    },
    need: always,
  },
  {
    key: 'appsHostname',
    flag: '--apps-hostname',
    ask: 'Host name of the apps service',
    example: 'mtrestapps-live01.stelsewhere.example',
    form: { kind: 'text', schema: Hostname },
    need: when('second', 'apps', required, 'beside --trusted-allow or --trusted-address'),
  },
  {
    key: 'appsAddress',
    flag: '--apps-address',
    ask: 'Virtual address of the apps service (not that of the API service)',
    example: '10.20.0.11',
    form: { kind: 'text', schema: ListenAddress },
    need: when('second', 'apps', required, 'beside --trusted-allow or --trusted-address'),
  },
  {
    key: 'trustedAllow',
    flag: '--trusted-allow',
    ask: 'Networks of the trusted clients',
    example: '10.30.0.0/16',
    form: { kind: 'list', schema: Network },
    need: when('second', 'trusted', required, 'without a trusted service'),
  },
  {
    key: 'trustedAddress',
    flag: '--trusted-address',
    ask: 'Virtual address of the trusted service (not that of the API service)',
    example: '10.20.0.12',
    form: { kind: 'text', schema: ListenAddress },
    need: when('second', 'trusted', required, 'without a trusted service'),
  },
  {
    key: 'certificate',
    flag: '--certificate',
    ask: 'File with certificate, chain and key (.pem, or .pfx from Windows)',
    example: 'certs/live.pem',
    form: { kind: 'text', schema: FilePath },
    need: always,
  },
  {
    key: 'passwordFile',
    flag: '--password-file',
    ask: 'File with the password of that file',
    example: 'certs/live.password',
    form: { kind: 'text', schema: FilePath },
    need: maybe,
  },
  {
    key: 'apiServer',
    flag: '--api-server',
    ask: 'API servers',
    example: 'api-1=10.20.1.11',
    form: { kind: 'machines' },
    need: always,
  },
  {
    key: 'cacheServer',
    flag: '--cache-server',
    ask: 'Cache servers',
    example: 'cache-1=10.20.2.11',
    form: { kind: 'machines' },
    need: when('deployment', 'recommended', optional, 'with --deployment minimum'),
  },
  {
    key: 'platformService',
    flag: '--platform-service',
    ask: 'Platform Service',
    example: 'platform-1=10.20.3.11',
    form: { kind: 'machines' },
    need: maybe,
  },
  {
    key: 'fileLibrary',
    flag: '--file-library',
    ask: 'File Library',
    example: 'files-1=10.20.3.12',
    form: { kind: 'machines' },
    need: maybe,
  },
  {
    key: 'monitorService',
    flag: '--monitor-service',
    ask: 'Monitor Service',
    example: 'monitor-1=10.20.3.13',
    form: { kind: 'machines' },
    need: maybe,
  },
  {
    key: 'ca',
    flag: '--ca',
    ask: "File with the authority that signed the API servers' certificates",
    example: 'certs/hospital-ca.pem',
    form: { kind: 'text', schema: FilePath },
    need: (answers) =>
      answers.tls?.[0] === 'offload' ? { kind: 'useless', because: 'with --tls offload' } : required,
  },
  {
    key: 'trustedSegment',
    flag: '--trusted-segment',
    ask: 'Name of the network segment that is documented as trusted',
    example: 'server VLAN 120',
    form: { kind: 'text', schema: Text },
    need: when('tls', 'offload', optional, 'with --tls bridging'),
  },
];
