import { readFile, writeFile } from 'node:fs/promises';
import { Failure } from '../../kernel/failure.ts';
import { errorCode } from './files.ts';
import { permission } from './interface-addresses.ts';

/**
 * What an address on the loopback interface needs so that the network does not notice it (kernel documentation,
 * networking/ip-sysctl): ARP requests are answered only on the interface that has the address, and ARP requests of this machine
 * come from an address of the interface that they go out of. The kernel takes the larger value of `all` and the interface.
 */
const wanted = { arp_ignore: 1, arp_announce: 2 };

/** Raises what is lower; leaves what somebody has set higher. @throws Failure `addresses-not-permitted` */
export async function quietArp(directory = '/proc/sys/net/ipv4/conf/all'): Promise<void> {
  for (const [name, least] of Object.entries(wanted)) {
    const file = `${directory}/${name}`;
    try {
      if (Number(await readFile(file, 'utf8')) < least) await writeFile(file, `${least}\n`);
    } catch (cause) {
      const code = errorCode(cause);
      if (code === undefined) throw cause;
      const what = `net.ipv4.conf.all.${name} cannot be set to ${least} (${code})`;
      throw new Failure('addresses-not-permitted', what, `${permission}; or set it in /etc/sysctl.d`, {
        cause,
      });
    }
  }
}
