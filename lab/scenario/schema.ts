import { z } from 'zod';
import { faultSchema } from '../fault-kinds.ts';
import { CABLES, NODES } from '../pair/addresses.ts';
import { PROGRAMS } from '../pair/processes.ts';
import { expectSchema } from './expect-schema.ts';
import { duration, machineName, moment } from './units.ts';

/** How clients speak: kept HTTP/1.1 connections, a new connection for each request, or HTTP/2. */
export const CLIENTS = ['http1', 'http1-new', 'http2'] as const;
export const TLS = ['bridging', 'offload'] as const;
export const DEPLOYMENTS = ['recommended', 'minimum', 'minimum-isolated'] as const;

const weight = z.int().min(0).max(1000).default(0);

const loadSchema = z.strictObject({
  rate: z
    .int()
    .min(1)
    .max(2000)
    .default(200)
    .describe('requests per second, sent when they are due, answered or not'),
  applications: z
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe('clients, each with an address and connections of its own'),
  concurrency: z
    .int()
    .min(1)
    .max(5000)
    .default(1000)
    .describe('requests under way; further ones wait, and count from when they were due'),
  patience: duration.default(10_000).describe('a client gives up after this long'),
  mix: z
    .strictObject({
      read: weight,
      search: weight,
      paging: weight,
      metadata: weight,
      create: weight,
      update: weight,
      long: weight.describe('a write on which the server works 300 ms'),
      token: weight,
    })
    .refine((mix) => Object.values(mix).some((one) => one > 0), 'at least one kind needs a weight')
    .default({ read: 48, search: 2, paging: 5, metadata: 3, create: 30, update: 10, long: 0, token: 2 }),
});

const at = moment.describe('after the warm-up');
const on = z.union([machineName.transform((one) => [one]), z.array(machineName).min(1)]);
const move = {
  from: z.enum(NODES).optional(),
  to: z.enum(NODES).optional(),
  group: z.enum(['apis', 'apps']).optional(),
};
const program = z.enum(PROGRAMS).optional().describe('of a node: every process of this program');
const count = z.int().min(1).max(20_000);

const actionSchema = z.discriminatedUnion('do', [
  z.strictObject({
    at,
    do: z.literal('kill'),
    on,
    program,
    signal: z.enum(['SIGKILL', 'SIGTERM']).default('SIGKILL'),
  }),
  z.strictObject({ at, do: z.literal('restart'), on }),
  z.strictObject({
    at,
    do: z.literal('freeze'),
    on,
    program: program.describe('of a node; without it everything'),
  }),
  z.strictObject({ at, do: z.literal('thaw'), on, program }),
  z.strictObject({ at, do: z.literal('fault'), on, fault: faultSchema }),
  z.strictObject({ at, do: z.literal('heal'), on }),
  z.strictObject({
    at,
    do: z.literal('cut'),
    on,
    cable: z.enum(CABLES).optional().describe('of a pair; without it every cable of the machine'),
    silently: z
      .boolean()
      .default(false)
      .describe('of a pair: both ends still see a link, and nothing gets through'),
  }),
  z.strictObject({ at, do: z.literal('mend'), on }),
  z.strictObject({ at, do: z.literal('power-cut'), on }),
  z.strictObject({ at, do: z.literal('power-on'), on }),
  z.strictObject({ at, do: z.literal('split'), on: z.tuple([machineName, machineName]) }),
  z.strictObject({ at, do: z.literal('join'), on: z.tuple([machineName, machineName]) }),
  z.strictObject({ at, do: z.literal('lose-dns') }),
  z.strictObject({
    at,
    do: z.literal('aorta'),
    run: z.array(z.string()).min(1),
    on: on.default([]).describe('of a pair: the nodes on which it is run'),
  }),
  z.strictObject({
    at,
    do: z.literal('apply'),
    set: z.record(z.string(), z.unknown()),
    on: on.default([]).describe('of a pair: the nodes that are asked; without it both'),
    refused: z.string().min(1).optional().describe('of a pair: words with which it has to be refused'),
  }),
  z.strictObject({ at, do: z.literal('roll'), on }),
  z.strictObject({
    at,
    do: z.literal('failover'),
    times: z.int().min(1).max(100).default(1).describe('one after the other, each to the other node'),
    ...move,
    home: z.boolean().default(false),
  }),
  z.strictObject({ at, do: z.literal('rehearse'), ...move }),
  z.strictObject({ at, do: z.literal('up'), on }).describe('the product is started again where it was ended'),
  z.strictObject({
    at,
    do: z.literal('status'),
    says: z.string().min(1).optional().describe('words that `aorta status` of all nodes must say'),
    never: z.string().min(1).optional().describe('words that it must not say'),
  }),
  z.strictObject({
    at,
    do: z.literal('stop-store'),
    members: z.int().min(1).max(3).describe('so many members of etcd are killed'),
  }),
  z.strictObject({ at, do: z.literal('start-store') }).describe('those that were killed'),
  z.strictObject({ at, do: z.literal('load'), times: z.number().min(0).max(20) }),
  z.strictObject({
    at,
    do: z.literal('connect'),
    connections: count,
    send: z.enum(['nothing', 'half-handshake', 'half-header', 'new-each']),
    for: duration,
  }),
]);
export type Action = z.output<typeof actionSchema>;

/** Several balancers in place of one, each a machine with cables of its own. */
const pairSchema = z.strictObject({
  profile: z.enum(['fast', 'vm-safe']).default('fast'),
  nodes: z.union([z.literal(2), z.literal(3)]).default(2),
  spread: z
    .boolean()
    .default(false)
    .describe(
      'apis prefer lb-a and apps lb-b, each group moves on its own, and half of the load is for apps',
    ),
  preferred: z.enum(NODES).optional().describe('who takes the addresses back when it is well again'),
  store: z
    .union([z.literal(0), z.literal(1), z.literal(3)])
    .default(0)
    .describe('members of etcd; without any the nodes share no store'),
  software: z
    .enum(['product', 'plain'])
    .default('product')
    .describe('plain: HAProxy and keepalived with files written by hand, to know what they do by themselves'),
});

/** One scenario: what runs, what goes wrong and when, and what must be true of it. */
export const scenarioSchema = z.strictObject({
  title: z.string().min(1).max(80),
  what: z.string().min(1).max(400),
  long: z
    .boolean()
    .default(false)
    .describe('lasts for minutes; run once, as it is, and not in every variant'),
  topology: z.enum(DEPLOYMENTS).default('recommended'),
  tls: z.enum(TLS).default('bridging'),
  needsTls: z.boolean().default(false).describe('makes no sense with plain HTTP to the servers'),
  clients: z.enum(CLIENTS).default('http1'),
  parameters: z.record(z.string(), z.unknown()).default({}).describe('further parameters of the blueprint'),
  pair: pairSchema.optional(),
  load: loadSchema.prefault({}),
  warmUp: duration.default(5_000),
  duration: duration,
  before: z
    .array(z.strictObject({ on, fault: faultSchema }))
    .default([])
    .describe('faults from the start, e.g. servers with few workers'),
  timeline: z.array(actionSchema),
  expect: expectSchema,
});
export type Scenario = z.output<typeof scenarioSchema>;
