import type { TicketRing } from '../model/ticket-ring.ts';
import { peers } from '../render/peers.ts';
import { command } from './haproxy/runtime-socket.ts';
import { readPeers } from './haproxy/show-peers.ts';
import { bringTicketKeys } from './haproxy/ticket-keys.ts';
import type { PeerState, SharingPort } from './port.ts';
import { TicketFile } from './tickets/ticket-file.ts';

/** What outlives a worker, or goes to other nodes, on a real HAProxy. */
export class HaproxySharing implements SharingPort {
  readonly #socket: string;
  readonly #file: TicketFile | undefined;
  #ring: TicketRing | undefined;

  /** @param directory for ticket keys, in memory; absent: there is none */
  constructor(socket: string, directory: string | undefined) {
    this.#socket = socket;
    this.#file = directory === undefined ? undefined : new TicketFile(directory);
  }

  get ticketKeysFile(): string | undefined {
    return this.#file?.path;
  }

  async tickets(): Promise<TicketRing | undefined> {
    return this.#ring ?? (await this.#file?.read());
  }

  async bringTickets(ring: TicketRing): Promise<void> {
    if (this.#file === undefined) return;
    this.#ring = ring;
    await this.#file.write(ring);
    await bringTicketKeys(
      this.#socket,
      this.#file.path,
      ring.map(({ key }) => key),
    );
  }

  /** Before HAProxy reads its files: one that is gone would keep it from starting. */
  async ready(): Promise<void> {
    if (this.#ring !== undefined) await this.#file?.write(this.#ring);
  }

  async forgetTickets(): Promise<void> {
    this.#ring = undefined;
    await this.#file?.remove();
  }

  async peers(): Promise<readonly PeerState[] | undefined> {
    const answer = await command(this.#socket, ['show', 'peers', peers]);
    return answer.ok ? readPeers(answer.value) : undefined;
  }
}
