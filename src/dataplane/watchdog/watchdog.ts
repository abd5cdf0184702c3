import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { openLog } from '../log-files.ts';
import type { RuntimePaths } from '../runtime-paths.ts';
import { startDetached } from '../system/exec.ts';
import { hasOption, haveEnded, type ProcessHandle, processOf, signal } from '../system/processes.ts';
import { watchdogPidFile } from './pid-file.ts';

const program = join(import.meta.dirname, 'main.ts');

/** It is there within 300 ms; a machine under load may need seconds. */
const patience = 30_000;

/** The watchdog of a state directory, seen from the controller: it is started, and outlives whoever started it. */
export class Watchdog {
  readonly #state: string;
  readonly #pidFile: string;
  readonly #log: string;
  readonly #clock: Clock;

  /** @param state absolute */
  constructor(state: string, paths: RuntimePaths, log: string, clock: Clock) {
    this.#state = state;
    this.#pidFile = watchdogPidFile(paths);
    this.#log = log;
    this.#clock = clock;
  }

  /** The one that runs, whoever started it; one of another version of Aorta is not taken for it. */
  find(): Promise<ProcessHandle | undefined> {
    return processOf(
      this.#pidFile,
      (words) => words.includes(program) && hasOption(words, '--state', this.#state),
    );
  }

  /** Starts it, unless it runs. */
  async bring(): Promise<Result<void, Failure>> {
    if ((await this.find()) !== undefined) return ok(undefined);
    const own = await openLog(this.#log);
    try {
      // It holds little, and two generations of that.
      const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1'];
      const words = [...flags, program, '--state', this.#state];
      const { exited } = await startDetached(process.execPath, words, { stdout: own.fd, stderr: own.fd });
      let ended = false;
      void exited.then(() => {
        ended = true;
      });
      const deadline = this.#clock.now() + patience;
      while (!ended && this.#clock.now() < deadline) {
        if ((await this.find()) !== undefined) return ok(undefined);
        await this.#clock.sleep(20);
      }
      return err(new Failure('addresses-failed', 'the watchdog did not start', `see ${this.#log}`));
    } finally {
      await own.close();
    }
  }

  async stop(): Promise<void> {
    const running = await this.find();
    if (running !== undefined) {
      await signal(running, 'SIGTERM');
      if (!(await haveEnded([running], 2_000, this.#clock))) await signal(running, 'SIGKILL');
    }
    await rm(this.#pidFile, { force: true });
  }
}
