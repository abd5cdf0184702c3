import type { BirdOutline } from './bird/outline.ts';
import type { SeenSession } from './bird/sessions.ts';
import type { WithdrawalRecord } from './bird/withdrawal.ts';
import { type OutlineInstance, virtualAddresses } from './keepalived/outline.ts';
import type { DumpedInstance } from './keepalived/vrrp-dump.ts';
import type { AnnouncementState, VrrpInstance } from './port.ts';
import { addressesOn } from './system/interface-addresses.ts';

/** What the interfaces of virtual addresses have besides them. */
export function ownAddresses(instances: readonly OutlineInstance[]): string[] {
  const devices = new Set(instances.map(({ interface: device }) => device));
  const moving = new Set(virtualAddresses({ instances }).map(({ address }) => address));
  return [...devices].flatMap((device) => [...addressesOn(device)].filter((address) => !moving.has(address)));
}

export function instanceState(
  { name, interface: device, virtualRouterId, addresses }: OutlineInstance,
  dumped: readonly DumpedInstance[] | undefined,
): VrrpInstance {
  const said = dumped?.find((one) => one.name === name);
  return {
    name,
    interface: device,
    virtualRouterId,
    ...(said === undefined ? {} : { state: said.state }),
    ...(said === undefined || said.state === 'starting' ? {} : { since: said.since }),
    ...(said === undefined ? {} : { priority: said.effectivePriority }),
    addresses: addresses.map(({ address, interface: on }) => ({
      address,
      held: addressesOn(on).has(address),
    })),
  };
}

export function announcementState(
  { addresses, routers }: BirdOutline,
  withdrawal: WithdrawalRecord | undefined,
  sessions: ReadonlyMap<string, SeenSession> | undefined,
): AnnouncementState {
  return {
    addresses,
    ...(withdrawal === undefined ? {} : { withdrawal }),
    routers: routers.map(({ session, address, as }) => {
      const seen = sessions?.get(session);
      return { address, as, told: 0, ...seen };
    }),
  };
}
