import { reconfigureBird } from '../bird/control-socket.ts';
import { readDuty, writeDuty } from '../bird/duty.ts';
import type { BirdFiles } from '../bird/files.ts';

/** Tells BIRD whether HAProxy serves: in a file, and that it should look. Does nothing on a node that announces nothing. */
export class BirdTeller {
  readonly #files: Pick<BirdFiles, 'health' | 'socket'>;
  #asking = false;
  #owed = false;

  constructor(files: Pick<BirdFiles, 'health' | 'socket'>) {
    this.#files = files;
  }

  /** @throws Error of the file system when it cannot be written */
  say(fault: boolean): void {
    writeDuty(this.#files.health, fault, 'change');
    if (readDuty(this.#files.health) === undefined) return;
    this.#owed = true;
    void this.#ask();
  }

  /** To be called once a second: what the file does not say, or BIRD was not told, is said again. */
  repeat(fault: boolean): void {
    const duty = readDuty(this.#files.health);
    if (duty === undefined) this.#owed = false;
    else if (duty.fault !== fault) this.say(fault);
    else if (this.#owed) void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    let heard = true;
    // It may have changed again while BIRD was reading.
    while (this.#owed && heard) {
      this.#owed = false;
      heard = (await reconfigureBird(this.#files.socket)) === undefined;
    }
    this.#owed ||= !heard;
    this.#asking = false;
  }
}
