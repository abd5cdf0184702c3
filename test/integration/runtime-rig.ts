import { expect, onTestFinished } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { nodeFacts } from '../../src/daemon/node-facts.ts';
import { command } from '../../src/dataplane/haproxy/runtime-socket.ts';
import type { Generation } from '../../src/dataplane/port.ts';
import type { BackendIr, HaproxyIr, ServerIr } from '../../src/ir/haproxy.ts';
import type { Configuration } from '../../src/model/configuration.ts';
import type { Intent } from '../../src/model/intent.ts';
import type { RuntimeOperation } from '../../src/plan/operation.ts';
import { render } from '../../src/render/render.ts';
import { name } from '../golden/configurations.ts';
import { until } from '../harness/until.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from '../harness/upstream.ts';
import { createRig, type Rig } from './dataplane-rig.ts';

/** The real data plane with a real HAProxy, told what the compiler and the renderer made of a configuration. */
export interface RuntimeRig extends Rig {
  /** Makes a configuration the current one on disk, and no more. */
  stage(
    configuration: Configuration,
    intents: readonly Intent[],
  ): Promise<{ ir: HaproxyIr; generation: Generation }>;
  /** Puts a configuration in service as a first start or by a reload. */
  bring(configuration: Configuration, intents?: readonly Intent[]): Promise<HaproxyIr>;
  /** Puts a configuration in service without a reload: stages it, swaps, and sends these operations. */
  change(
    configuration: Configuration,
    intents: readonly Intent[],
    operations: (wanted: HaproxyIr) => readonly RuntimeOperation[],
  ): Promise<Generation>;
  /** The answer to one command of the runtime API, as somebody at the socket would get it. */
  say(...words: string[]): Promise<string>;
}

export async function createRuntimeRig(): Promise<RuntimeRig> {
  const rig = await createRig();
  const { dataPlane, paths } = rig;
  const stage = async (configuration: Configuration, intents: readonly Intent[]) => {
    const ir = compile(configuration, nodeFacts(paths), intents);
    const { generation } = await dataPlane.stage(render(ir));
    const problems = await dataPlane.check(generation);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await dataPlane.swap(generation);
    return { ir, generation };
  };
  return {
    ...rig,
    stage,
    async bring(configuration, intents = []) {
      const { ir } = await stage(configuration, intents);
      const running = await dataPlane.adopt();
      const result = await (running === undefined ? dataPlane.start() : dataPlane.reload());
      if (!result.ok) throw result.error;
      return ir;
    },
    async change(configuration, intents, operations) {
      const { ir, generation } = await stage(configuration, intents);
      for (const operation of operations(ir)) {
        const done = await dataPlane.operate(operation);
        if (!done.ok) throw done.error;
      }
      const identified = await dataPlane.identify(generation);
      if (!identified.ok) throw identified.error;
      return generation;
    },
    async say(...words) {
      const answer = await command(paths.adminSocket, words);
      if (!answer.ok) throw new Error(answer.error.what);
      return answer.value;
    },
  };
}

/** A server that is gone after the test. */
export async function upstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const server = await startUpstream(options);
  onTestFinished(() => server.close());
  return server;
}

/** What an operator wants of one server. */
export function intent(server: string, wish: Intent['wish']): Intent {
  const target = { kind: 'server', server: name(server) } as const;
  return { id: 1, author: 'tester', reason: 'a test', since: 0, target, wish };
}

/** The backend and one of its servers in what was compiled. */
export function compiledServer(
  { backends }: HaproxyIr,
  server: string,
): { backend: BackendIr; server: ServerIr } {
  for (const backend of backends) {
    const found = backend.servers.find((one) => one.name === server);
    if (found !== undefined) return { backend, server: found };
  }
  throw new Error(`no server ${server}`);
}

/** Fails unless a server gets nothing while so many requests are answered. Lets those under way arrive first. */
export async function expectNothingFor(server: Upstream, load: { sofar(): number }): Promise<void> {
  await passed(load, 30);
  const before = server.requests.length;
  await passed(load, 100);
  expect(server.requests.length - before).toBe(0);
}

/** Waits until the load has so many more answers. */
export async function passed(load: { sofar(): number }, more: number): Promise<void> {
  const goal = load.sofar() + more;
  await until(`${more} more answers`, () => (load.sofar() >= goal ? true : undefined));
}
