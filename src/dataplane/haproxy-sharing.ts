import type { TicketRing } from '../model/ticket-ring.ts';
import { peers } from '../render/peers.ts';
import { command } from './haproxy/runtime-socket.ts';
import { type PeerState, readPeers } from './haproxy/show-peers.ts';
import { bringTicketKeys } from './haproxy/ticket-keys.ts';
import { TicketFile } from './tickets/ticket-file.ts';

/** What must not be lost when another worker, or another node, takes over. */
export class HaproxySharing {
  readonly #socket: string;
  readonly #file: TicketFile | undefined;
  #ring: TicketRing | undefined;

  /** @param directory for ticket keys, in memory; absent: there is none */
  constructor(socket: string, directory: string | undefined) {
    this.#socket = socket;
    this.#file = directory === undefined ? undefined : new TicketFile(directory);
  }

  /** What HAProxy is told to read ticket keys from; absent where there is no file system in memory. */
  get ticketKeysFile(): string | undefined {
    return this.#file?.path;
  }

  /** The keys of this machine, also when an earlier controller left them; absent: none were made yet. */
  async tickets(): Promise<TicketRing | undefined> {
    return this.#ring ?? (await this.#file?.read());
  }

  /**
   * Keeps these keys from now on, in memory, and makes the running HAProxy use them, without a reload. Touches nothing that
   * is as it should be. @throws Failure `state-unusable`
   */
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

  /** Removes the keys. For when HAProxy has ended for good. */
  async forgetTickets(): Promise<void> {
    this.#ring = undefined;
    await this.#file?.remove();
  }

  /** The other nodes that tables are shared with; absent when HAProxy does not run, or shares none. */
  async peers(): Promise<readonly PeerState[] | undefined> {
    const answer = await command(this.#socket, ['show', 'peers', peers]);
    return answer.ok ? readPeers(answer.value) : undefined;
  }
}
