import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Problem } from '../port.ts';
import { hasRead, isOf, writeProcessRecord } from '../system/process-record.ts';
import type { ProcessHandle } from '../system/processes.ts';
import { findKeepalived, findVrrpChild } from './adopt.ts';
import { checkKeepalived } from './check.ts';
import type { KeepalivedFiles } from './files.ts';
import { readKeepalivedOutline, virtualAddresses } from './outline.ts';
import { type KeepalivedRecord, readRecord } from './record.ts';
import { reloadKeepalived } from './reload.ts';
import { startKeepalived } from './start.ts';
import { stopKeepalived } from './stop.ts';
import { detectKeepalived, type KeepalivedInstallation } from './version.ts';
import { askInstances, type DumpedInstance } from './vrrp-dump.ts';

/** Somebody waits for the status. */
const observerPatience = 1_000;

/** Our keepalived: what it should do stands in a file, and this makes it so. */
export class Keepalived {
  readonly #program: string;
  readonly #files: KeepalivedFiles;
  readonly #log: string;
  readonly #clock: Clock;
  #installed: KeepalivedInstallation | undefined;

  /** @param program a path, or a name to look up */
  constructor(program: string, files: KeepalivedFiles, log: string, clock: Clock) {
    this.#program = program;
    this.#files = files;
    this.#log = log;
    this.#clock = clock;
  }

  /** @throws Failure `keepalived-missing` */
  async check(file: string): Promise<readonly Problem[]> {
    const { binary } = await this.#installation();
    return checkKeepalived(binary, file);
  }

  /** Whether one runs and has read this text. @param text absent: whether there is none, nor anything left of one */
  async stands(text: string | undefined): Promise<boolean> {
    return hasRead(await readRecord(this.#files.record), await findKeepalived(this.#files), text);
  }

  /** Makes it run with the file of the current generation, whose text this is. */
  async bring(text: string): Promise<Result<void, Failure>> {
    try {
      if (await this.stands(text)) return ok(undefined);
      const installation = await this.#installation();
      const running = await findKeepalived(this.#files);
      return await (running === undefined
        ? this.#start(installation, text)
        : this.#reload(installation, running, text));
    } catch (error) {
      if (error instanceof Failure) return err(error);
      throw error;
    }
  }

  /** @throws Failure `addresses-failed` when it does not end */
  async stop(): Promise<void> {
    if ((await this.stands(undefined)) && (await findVrrpChild(this.#files)) === undefined) return;
    await stopKeepalived(this.#files, this.#clock);
  }

  /** The one that runs, with the version that it was started as. */
  async running(): Promise<{ readonly pid: number; readonly version: string } | undefined> {
    const running = await findKeepalived(this.#files);
    if (running === undefined) return undefined;
    const version = (await readRecord(this.#files.record))?.version ?? 'of an unknown version';
    return { pid: running.pid, version };
  }

  /** What it says of its instances; absent when it does not answer. */
  async instances(): Promise<readonly DumpedInstance[] | undefined> {
    const [running, record] = [await findKeepalived(this.#files), await readRecord(this.#files.record)];
    // One that is just starting must not be asked; see `start.ts`.
    if (running === undefined || record === undefined || !isOf(record, running)) return undefined;
    const { dumpSignal } = await this.#installation();
    return askInstances(running, dumpSignal, this.#files, this.#clock, observerPatience);
  }

  async #start(installation: KeepalivedInstallation, text: string): Promise<Result<void, Failure>> {
    // Of one that was killed, its child and its addresses are left.
    await stopKeepalived(this.#files, this.#clock);
    const outline = readKeepalivedOutline(text);
    const started = await startKeepalived(installation, this.#files, outline, this.#log, this.#clock);
    if (!started.ok) {
      await stopKeepalived(this.#files, this.#clock);
      return started;
    }
    await writeProcessRecord<KeepalivedRecord>(this.#files.record, {
      process: started.value,
      version: installation.version,
      digest: sha256(text),
      addresses: virtualAddresses(outline),
    });
    return ok(undefined);
  }

  async #reload(
    { binary, version, dumpSignal }: KeepalivedInstallation,
    running: ProcessHandle,
    text: string,
  ): Promise<Result<void, Failure>> {
    // The last thing that could keep it from ending in the middle of it.
    const [problem] = await checkKeepalived(binary, this.#files.configuration);
    if (problem !== undefined) return err(new Failure(problem.code, problem.what, problem.mend));
    const outline = readKeepalivedOutline(text);
    const before = await readRecord(this.#files.record);
    const record: Omit<KeepalivedRecord, 'digest'> = {
      process: running,
      version: before?.version ?? version,
      addresses: [...(before?.addresses ?? []), ...virtualAddresses(outline)],
    };
    await writeProcessRecord<KeepalivedRecord>(this.#files.record, record);
    const reloaded = await reloadKeepalived(
      running,
      dumpSignal,
      this.#files,
      outline,
      this.#log,
      this.#clock,
    );
    if (!reloaded.ok) return reloaded;
    await writeProcessRecord<KeepalivedRecord>(this.#files.record, {
      ...record,
      digest: sha256(text),
      addresses: virtualAddresses(outline),
    });
    return ok(undefined);
  }

  async #installation(): Promise<KeepalivedInstallation> {
    this.#installed ??= await detectKeepalived(this.#program);
    return this.#installed;
  }
}
