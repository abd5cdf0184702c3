import { existsSync } from 'node:fs';
import { asRoot } from './root.mjs';

/** Debian packages of ours that bring a service and start it, with the name of the service. */
const services = new Map([
  ['haproxy', 'haproxy'],
  ['keepalived', 'keepalived'],
  ['etcd-server', 'etcd'],
  ['bird2', 'bird'],
  ['nginx-light', 'nginx'],
  ['stunnel4', 'stunnel4'],
  ['hitch', 'hitch'],
  ['caddy', 'caddy'],
]);

/**
 * Installs packages so that their service neither starts now nor at boot: Aorta runs HAProxy, keepalived and BIRD itself, and a
 * second one would fight for ports and addresses. Only called for packages that were not there, so a service the owner of this machine set
 * up is never touched. The mask is a run-time one: if we are interrupted it is gone after the next boot.
 */
export async function withoutAutostart(access, packages, install) {
  const fresh = packages.flatMap((name) => services.get(name) ?? []);
  if (fresh.length === 0) return install();
  return existsSync('/run/systemd/system')
    ? withSystemd(access, fresh, install)
    : withInitScripts(access, fresh, install);
}

async function withSystemd(access, fresh, install) {
  const units = fresh.map((name) => `${name}.service`);
  await asRoot(access, ['systemctl', 'mask', '--runtime', ...units]);
  try {
    await install();
  } finally {
    await asRoot(access, ['systemctl', 'unmask', '--runtime', ...units]);
    await asRoot(access, ['systemctl', 'disable', '--now', ...units]);
  }
}

async function withInitScripts(access, fresh, install) {
  // There is no mask here, but as shipped HAProxy has no listener, keepalived no address, BIRD no neighbour, and etcd listens on this machine
  // only, so the moment they may run takes nothing. nginx has port 80 for that moment.
  try {
    await install();
  } finally {
    for (const name of fresh.filter((service) => existsSync(`/etc/init.d/${service}`))) {
      await asRoot(access, [`/etc/init.d/${name}`, 'stop']);
      await asRoot(access, ['update-rc.d', name, 'disable']);
    }
  }
}
