import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Control } from './control.ts';
import type { Entrance } from './entrance.ts';
import { configure, machinesWith, makeClients } from './estate-config.ts';
import { EstateProcess } from './estate-process.ts';
import { type EstateCertificates, makeCertificates } from './pki.ts';
import { loadTopology, type Role } from './topology.ts';

export type TlsMode = 'offload' | 'bridging';

export interface EstateOptions {
  /** A name in `lab/topologies` or a path to a file. */
  readonly topology: string;
  /** offload: API servers speak plain HTTP on 80; bridging: HTTPS on 443. */
  readonly tls: TlsMode;
  /** The first three numbers of the estate's /24: of loopback, e.g. `127.77.13`, unless machines have networks of their own. */
  readonly prefix: string;
  /** Where the processes of a machine run: in a network that already has the machine's address. */
  readonly entranceTo?: (machine: string) => Entrance;
  /** For the lab CA, certificates, configurations (0600) and logs; made when missing. */
  readonly directory: string;
  readonly hostnames?: { readonly apis: string; readonly apps: string };
  /** The port clients use, for what API servers believe about themselves when no proxy tells them. Default 443. */
  readonly publicPort?: number;
  /** Overrides the topology's number of synthetic patients. */
  readonly patients?: number;
  /** API servers write what they carry out to `NAME.executions` in the directory: counts that outlive a kill. */
  readonly recordExecutions?: boolean;
  /** Where applications are sent back to after a login. */
  readonly redirectUris?: readonly string[];
}

/** One process, as others see it. */
export interface EstateMember {
  /** The machine's name; a second process on the same machine is `machine.role`. */
  readonly name: string;
  readonly machine: string;
  readonly role: Role;
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** `POST /fault`, `DELETE /fault`, `GET /stats`; see {@link Control}. */
  readonly control: string;
}

export interface EstateDescription {
  readonly tls: TlsMode;
  readonly machines: readonly {
    readonly name: string;
    readonly roles: readonly Role[];
    readonly address: string;
  }[];
  readonly processes: readonly EstateMember[];
  readonly hostnames: { readonly apis: string; readonly apps: string };
  /** The lab root, PEM. */
  readonly ca: string;
  readonly certificates: EstateCertificates['clientFacing'];
  readonly serverCertificates: EstateCertificates['servers'];
  readonly oauth: {
    readonly confidential: { readonly clientId: string; readonly clientSecret: string };
    readonly public: { readonly clientId: string };
    readonly redirectUris: readonly string[];
  };
}

export interface Estate extends EstateDescription {
  /** The faults and counters of one process. */
  control(name: string): Control;
  /** SIGKILL, as when the power goes. */
  kill(name: string): Promise<void>;
  restart(name: string): Promise<void>;
  /** Ends exactly the processes of this estate. */
  stop(): Promise<void>;
}

const DEFAULT_REDIRECTS = ['https://app.stelsewhere.example/callback', 'http://127.0.0.1:8000/callback'];

/** Starts every process of a topology and resolves when all serve. Throws when one does not; then none is left. */
export async function startEstate(options: EstateOptions): Promise<Estate> {
  const { entranceTo } = options;
  if (entranceTo === undefined && !/^127(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){2}$/.test(options.prefix)) {
    throw new Error(`the prefix is the start of a loopback network such as 127.77.13, not ${options.prefix}`);
  }
  const topology = await loadTopology(options.topology);
  const hostnames = options.hostnames ?? topology.hostnames;
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const apiMachines = machinesWith(topology, 'api');
  const certificates = await makeCertificates(join(directory, 'certificates'), hostnames, apiMachines);
  const clients = makeClients(options.redirectUris ?? DEFAULT_REDIRECTS);
  const configs = await configure(options, topology, hostnames, directory, certificates, clients);
  const processes = new Map(
    configs.map((config) => [
      config.name,
      new EstateProcess(config, directory, entranceTo?.(config.machine)),
    ]),
  );

  const stop = async (): Promise<void> => {
    await Promise.all([...processes.values()].map((one) => one.stop()));
  };
  const started = await Promise.allSettled([...processes.values()].map((one) => one.start()));
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const find = (name: string): EstateProcess => {
    const found = processes.get(name);
    if (found === undefined)
      throw new Error(`no process ${name}; there are ${[...processes.keys()].join(', ')}`);
    return found;
  };
  const [confidential, publicClient] = clients;
  return {
    tls: options.tls,
    machines: Object.entries(topology.machines).map(([name, { host, services }]) => {
      return { name, roles: services.map(({ role }) => role), address: `${options.prefix}.${host}` };
    }),
    get processes() {
      return [...processes.values()].map(memberOf);
    },
    hostnames,
    ca: certificates.ca,
    certificates: certificates.clientFacing,
    serverCertificates: certificates.servers,
    oauth: {
      confidential: { clientId: confidential.client_id, clientSecret: confidential.client_secret },
      public: { clientId: publicClient.client_id },
      redirectUris: publicClient.redirect_uris,
    },
    control: (name) => new Control(find(name).control),
    kill: (name) => find(name).stop('SIGKILL'),
    restart: async (name) => {
      await find(name).stop();
      await find(name).start();
    },
    stop,
  };
}

function memberOf(process: EstateProcess): EstateMember {
  const { name, machine, role, address, port } = process.config;
  return { name, machine, role, address, port, pid: process.pid ?? 0, control: process.control };
}
