import { randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { stringify } from 'yaml';
import { type Estate, startEstate, type TlsMode } from '../../lab/estate.ts';
import { requestToken } from '../../lab/token.ts';
import type { Status } from '../../src/model/status.ts';
import { type RunningController, startController, statusOf } from '../harness/controller.ts';
import { type Deployment, estateDeclaration } from '../harness/estate-declaration.ts';
import { guardDirectory } from '../harness/guarded-directory.ts';
import { until } from '../harness/until.ts';

export type ServiceName = 'apis' | 'apps';

export interface ServiceOptions {
  readonly deployment: Deployment;
  readonly tls: TlsMode;
  /** Gives the `trusted` service in place of `apps`, from the first three numbers of the estate's addresses. */
  readonly allow?: (prefix: string) => readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly patients?: number;
  readonly redirectUris?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'HEAD';
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Instead of the connections that the service shares. */
  readonly agent?: Agent;
}

/** A simulated estate with the real product before it, each in processes of their own. */
export interface Service {
  readonly estate: Estate;
  readonly prefix: string;
  /** The virtual addresses; `second` is that of `apps` or of `trusted`. */
  readonly addresses: { readonly apis: string; readonly second: string };
  /** `https://NAME`, without a port. */
  readonly origins: Readonly<Record<ServiceName, string>>;
  /** The lab's root, PEM. */
  readonly ca: string;
  readonly state: string;
  readonly file: string;
  readonly controller: RunningController;
  /** The declaration as it is, or with some parameters of the blueprint replaced. */
  declaration(parameters?: Readonly<Record<string, unknown>>): string;
  /** Starts another controller for the same state directory. */
  up(): Promise<void>;
  /** Names to addresses, as the hospital's DNS would have them. */
  readonly lookup: LookupFunction;
  /** A set of connections of its own, closed with the service. */
  newAgent(options?: Omit<Agent.Options, 'connect'>): Agent;
  /** One request, read whole; names are resolved to the virtual services and certificates are verified. */
  ask(url: string, ask?: Ask): Promise<Answer>;
  /** An access token by client credentials, from one of the two services. */
  token(from: ServiceName): Promise<string>;
  status(): Promise<Status>;
  /** Ends everything, by pid; also after a failure. */
  end(): Promise<void>;
}

/** Starts an estate and `aorta up` before it, and resolves when all servers of all services are up. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { deployment, tls } = options;
  const { directory, state, end: endProduct } = await guardDirectory('aorta-e2e-');
  const file = join(directory, 'aorta.yaml');
  const prefix = `127.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  const addresses = { apis: `${prefix}.1`, second: `${prefix}.2` };
  const agents: Agent[] = [];
  let estate: Estate | undefined;
  let controller: RunningController | undefined;

  const end = async (): Promise<void> => {
    await Promise.allSettled(agents.map((agent) => agent.destroy()));
    await estate?.stop();
    await endProduct();
  };

  try {
    const made = await startEstate({
      topology: deployment,
      tls,
      prefix,
      directory: join(directory, 'estate'),
      ...(options.patients === undefined ? {} : { patients: options.patients }),
      ...(options.redirectUris === undefined ? {} : { redirectUris: options.redirectUris }),
    });
    estate = made;
    const { hostnames } = made;
    const ca = await readFile(made.ca, 'utf8');
    const declaration = (parameters: Readonly<Record<string, unknown>> = {}) =>
      stringify(
        estateDeclaration(made, {
          deployment,
          addresses,
          parameters: { ...options.parameters, ...parameters },
          ...(options.allow === undefined ? {} : { allow: options.allow(prefix) }),
        }),
      );
    await writeFile(file, declaration());
    controller = await startController(file, state);

    const lookup: LookupFunction = (name, { all }, done) => {
      const address =
        name === hostnames.apis ? addresses.apis : name === hostnames.apps ? addresses.second : undefined;
      if (address === undefined) done(new Error(`${name} is not a name of the service`), '', 4);
      else if (all === true) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
    const newAgent = (more: Omit<Agent.Options, 'connect'> = {}) => {
      const agent = new Agent({ ...more, connect: { ca, lookup } });
      agents.push(agent);
      return agent;
    };
    const shared = newAgent();
    const ask = async (url: string, { agent = shared, ...rest }: Ask = {}): Promise<Answer> => {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agent,
        headersTimeout: 20_000,
        ...rest,
      });
      return { status: statusCode, headers, text: await body.text() };
    };
    const origins = { apis: `https://${hostnames.apis}`, apps: `https://${hostnames.apps}` };
    const status = () => statusOf(state);
    const isHealthy = async () => (await status()).services.every((one) => one.state === 'healthy');
    await until('all servers are up', async () => ((await isHealthy()) ? true : undefined), 30_000);
    return {
      estate: made,
      prefix,
      addresses,
      origins,
      ca,
      state,
      file,
      get controller() {
        if (controller === undefined) throw new Error('it was started above');
        return controller;
      },
      declaration,
      up: async () => {
        controller = await startController(file, state);
      },
      lookup,
      newAgent,
      ask,
      token: (from) => requestToken((path, what) => ask(`${origins[from]}${path}`, what), made),
      status,
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The same for the length of one function. */
export async function withService<T>(
  options: ServiceOptions,
  use: (service: Service) => Promise<T>,
): Promise<T> {
  const service = await startService(options);
  try {
    return await use(service);
  } finally {
    await service.end();
  }
}
