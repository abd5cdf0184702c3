import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { Failure } from '../../kernel/failure.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { openLog, readLogFrom, sizeOfLog } from '../log-files.ts';
import type { Problem } from '../port.ts';
import { startDetached } from '../system/exec.ts';
import { readIfPresent, replaceFile } from '../system/files.ts';
import { hasRead, readProcessRecord, writeProcessRecord } from '../system/process-record.ts';
import { hasOption, haveEnded, isAlive, type ProcessHandle, processOf, signal } from '../system/processes.ts';
import { checkBird, readComplaints } from './check.ts';
import { reconfigureBird } from './control-socket.ts';
import { type BirdFiles, removeBirdFiles } from './files.ts';
import { readBirdOutline } from './outline.ts';
import { askSessions, type SeenSession } from './sessions.ts';
import { type BirdInstallation, detectBird } from './version.ts';

/** It is there within 50 ms, and ends within 5; a machine under load may need seconds. */
const patience = 20_000;

/** Our BIRD: what it should do stands in a file, and this makes it so. */
export class Bird {
  readonly #program: string;
  readonly #files: BirdFiles;
  readonly #log: string;
  readonly #clock: Clock;
  #installed: BirdInstallation | undefined;

  /** @param program a path, or a name to look up */
  constructor(program: string, files: BirdFiles, log: string, clock: Clock) {
    this.#program = program;
    this.#files = files;
    this.#log = log;
    this.#clock = clock;
  }

  /** @throws Failure `bird-missing` */
  async check(file: string): Promise<readonly Problem[]> {
    const { binary } = await this.#installation();
    return checkBird(binary, file);
  }

  /** Whether one runs and has read this text. @param text absent: whether there is none, nor anything left of one */
  async stands(text: string | undefined): Promise<boolean> {
    return hasRead(await readProcessRecord(this.#files.record), await this.#find(), text);
  }

  /** Makes it run with this text, which was checked. */
  async bring(text: string): Promise<Result<void, Failure>> {
    try {
      if (await this.stands(text)) return ok(undefined);
      const running = await this.#find();
      return await (running === undefined ? this.#start(text) : this.#reload(running, text));
    } catch (error) {
      if (error instanceof Failure) return err(error);
      throw error;
    }
  }

  /** Makes it look again at whether anything is to be announced. Fine when none runs: it will when it starts. */
  async reconsider(): Promise<Result<void, Failure>> {
    if ((await this.#find()) === undefined) return ok(undefined);
    const why = await reconfigureBird(this.#files.socket, patience);
    return why === undefined
      ? ok(undefined)
      : err(this.#failure(`BIRD did not read its files again: ${why}`));
  }

  /** Ends it: routers learn at once that this node is gone. @throws Failure `addresses-failed` when it does not end */
  async stop(): Promise<void> {
    const running = await this.#find();
    if (running !== undefined) {
      await signal(running, 'SIGTERM');
      if (!(await haveEnded([running], patience / 4, this.#clock))) {
        await signal(running, 'SIGKILL');
        if (!(await haveEnded([running], patience / 4, this.#clock)))
          throw new Failure(
            'addresses-failed',
            `BIRD (process ${running.pid}) does not end`,
            'end it by hand',
          );
      }
    }
    await removeBirdFiles(this.#files);
  }

  /** The one that runs, with the version that it was started as. */
  async running(): Promise<{ readonly pid: number; readonly version: string } | undefined> {
    const running = await this.#find();
    if (running === undefined) return undefined;
    const version = (await readProcessRecord(this.#files.record))?.version ?? 'of an unknown version';
    return { pid: running.pid, version };
  }

  /** What it says of the sessions that a text is about, by their names there; absent when it does not answer. */
  sessions(text: string): Promise<ReadonlyMap<string, SeenSession> | undefined> {
    return askSessions(this.#files.socket, readBirdOutline(text).routers);
  }

  async #start(text: string): Promise<Result<void, Failure>> {
    const { binary, version } = await this.#installation();
    const { configuration, pidFile, socket, record } = this.#files;
    await replaceFile(configuration, text, 0o600);
    const own = await openLog(this.#log);
    try {
      const from = await sizeOfLog(this.#log);
      // In the foreground, so that what it says goes to our log; its session is its own.
      const args = ['-f', '-c', configuration, '-s', socket, '-P', pidFile];
      const { exited } = await startDetached(binary, args, { stdout: own.fd, stderr: own.fd });
      let ended = false;
      void exited.then(() => {
        ended = true;
      });
      const deadline = this.#clock.now() + patience;
      while (!ended && this.#clock.now() < deadline) {
        const running = await this.#find();
        // What the watchdog said while it was starting it may have missed.
        if (running === undefined || (await reconfigureBird(socket)) !== undefined) {
          await this.#clock.sleep(10);
          continue;
        }
        await writeProcessRecord(record, { process: running, version, digest: sha256(text) });
        return ok(undefined);
      }
      const [why] = readComplaints(await readLogFrom(this.#log, from));
      return err(this.#failure(`BIRD did not start${why === undefined ? '' : `: ${why}`}`));
    } finally {
      await own.close();
    }
  }

  async #reload(running: ProcessHandle, text: string): Promise<Result<void, Failure>> {
    const { binary, version } = await this.#installation();
    const { configuration, socket, record } = this.#files;
    const before = await readProcessRecord(record);
    const told = { process: running, version: before?.version ?? version };
    const earlier = await readIfPresent(configuration);
    await writeProcessRecord(record, told);
    await replaceFile(configuration, text, 0o600);
    const why = await reconfigureBird(socket, patience);
    if (why === undefined) {
      await writeProcessRecord(record, { ...told, digest: sha256(text) });
      return ok(undefined);
    }
    // It goes on with what it had, and must not find the other when the watchdog makes it look.
    if (earlier !== undefined) await replaceFile(configuration, earlier, 0o600);
    const [problem] = await checkBird(binary, configuration);
    const alive = await isAlive(running);
    return err(
      this.#failure(
        `BIRD did not take the new configuration: ${alive ? why : (problem?.what ?? 'it ended')}`,
      ),
    );
  }

  /** The process of the pid file, if it was started with our file; any other BIRD on the machine is somebody else's. */
  #find(): Promise<ProcessHandle | undefined> {
    const { pidFile, configuration, socket } = this.#files;
    return processOf(
      pidFile,
      (words) => hasOption(words, '-c', configuration) && hasOption(words, '-s', socket),
    );
  }

  #failure(what: string): Failure {
    return new Failure('addresses-failed', what, `see ${this.#log}`);
  }

  async #installation(): Promise<BirdInstallation> {
    this.#installed ??= await detectBird(this.#program);
    return this.#installed;
  }
}
