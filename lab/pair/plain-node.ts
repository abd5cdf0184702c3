import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { through } from '../entrance.ts';
import type { EstateDescription } from '../estate.ts';
import { GATEWAY, NODES, type NodeName, nodeAddresses, VIRTUAL } from './addresses.ts';
import { feed, ip } from './ip.ts';
import type { Machine } from './machine.ts';
import type { NodeSoftware } from './node-software.ts';

/**
 * HAProxy and keepalived as a person would set them up by hand, so that what the lab measures can be held against numbers
 * that were measured without it, and the product against what its parts do by themselves. Nothing looks after HAProxy here: in
 * a network of its own keepalived does not learn that a process has died.
 */
export class PlainNode implements NodeSoftware {
  readonly failures: readonly string[] = [];
  readonly #name: NodeName;
  readonly #directory: string;
  readonly #estate: EstateDescription;
  readonly #advertInterval: number;

  /** @param advertInterval in milliseconds */
  constructor(directory: string, name: NodeName, estate: EstateDescription, advertInterval: number) {
    this.#name = name;
    this.#directory = directory;
    this.#estate = estate;
    this.#advertInterval = advertInterval;
  }

  async start(machine: Machine): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const [haproxy, keepalived] = ['haproxy.cfg', 'keepalived.conf'].map((name) =>
      join(this.#directory, name),
    ) as [string, string];
    await writeFile(haproxy, haproxyText(this.#estate));
    await writeFile(keepalived, keepalivedText(this.#name, this.#advertInterval), { mode: 0o600 });
    // Both nodes have the addresses, so that both HAProxies can listen; only who has them on the cable answers for them.
    for (const [key, value] of [
      ['arp_ignore', 1],
      ['arp_announce', 2],
    ] as const)
      await feed(through(machine.inside, 'tee', [`/proc/sys/net/ipv4/conf/all/${key}`]), `${value}\n`);
    await ip(
      [`address add ${VIRTUAL.apis}/32 dev lo`, `address add ${VIRTUAL.apps}/128 dev lo nodad`],
      machine.network,
    );
    // It ends when its worker serves.
    await feed(through(machine.inside, 'haproxy', ['-W', '-D', '-f', haproxy, '-p', '/run/haproxy.pid']));
    await feed(through(machine.inside, 'keepalived', ['--config-test', '--use-file', keepalived]));
    const log = openSync(join(this.#directory, 'keepalived.log'), 'a');
    const words = ['--dont-fork', '--vrrp', '--log-console', '--log-detail', '--use-file', keepalived];
    spawn(...through(machine.inside, 'keepalived', words), { stdio: ['ignore', log, log] });
  }

  run(): Promise<never> {
    return Promise.reject(new Error('the nodes of this run have no product'));
  }

  declare(): Promise<never> {
    return this.run();
  }
}

function haproxyText({ certificates, machines, tls }: EstateDescription): string {
  const { apis, apps } = certificates;
  const servers = machines
    .filter(({ roles }) => roles.includes('api'))
    .map(
      ({ name, address }) =>
        `  server ${name} ${address}:${tls === 'bridging' ? '443 ssl verify none' : '80'} check inter 500ms`,
    );
  return `global
  maxconn 2000
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  option redispatch 1
  option idle-close-on-response
frontend clients
  bind ${VIRTUAL.apis}:443 ssl crt ${apis.pem} alpn h2,http/1.1
  bind [${VIRTUAL.apps}]:443 ssl crt ${apps.pem} alpn h2,http/1.1
  default_backend servers
backend servers
  balance leastconn
${servers.join('\n')}
`;
}

/** As the product is to do it, without a watchdog. @param advertInterval in milliseconds */
function keepalivedText(name: NodeName, advertInterval: number): string {
  const peers = NODES.slice(0, 2)
    .filter((one) => one !== name)
    .map((one) => nodeAddresses(one).address);
  return `global_defs {
  router_id ${name}
  vrrp_version 3
  enable_script_security
  script_user root
  vrrp_garp_master_delay 1
  vrrp_garp_master_repeat 3
  vrrp_garp_master_refresh 1
  vrrp_rt_priority 50
  vrrp_rlimit_rttime 1000000
  vrrp_no_swap
}
vrrp_script gateway {
  script "/usr/bin/ping -n -c1 -W1 ${GATEWAY}"
  interval 1
  timeout 1
  fall 1
  rise 3
  weight -50
}
vrrp_instance main {
  state BACKUP
  nopreempt
  interface front
  virtual_router_id 51
  priority ${254 - NODES.indexOf(name)}
  advert_int ${advertInterval / 1000}
  unicast_src_ip ${nodeAddresses(name).address}
  unicast_peer {
    ${peers.join('\n    ')}
  }
  virtual_ipaddress {
    ${VIRTUAL.apis}/32 dev front
  }
  virtual_ipaddress_excluded {
    ${VIRTUAL.apps}/128 dev front
  }
  track_interface {
    back
  }
  track_script {
    gateway weight -50
  }
}
`;
}
