import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createWriteStream, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Entrance, forkThrough } from './entrance.ts';
import type { ProcessConfig } from './servers/config.ts';
import type { ReadyMessage } from './servers/serve.ts';
import type { Role } from './topology.ts';

const FILES: Record<Role, string> = {
  api: 'api-server.ts',
  cache: 'cache-server.ts',
  'platform-service': 'platform-service.ts',
  'file-library': 'file-library.ts',
  'monitor-service': 'monitor-service.ts',
};
const READY_TIMEOUT_MS = 60_000;

/** A child that did not come up; the message ends with what it said. */
export class ProcessFailed extends Error {
  override readonly name = 'ProcessFailed';
}

/** One process of the estate: spawned, killed and spawned again under the same address. */
export class EstateProcess {
  readonly config: ProcessConfig;
  readonly #directory: string;
  readonly #entrance: Entrance;
  #child: ChildProcess | undefined;
  #control = '';

  constructor(config: ProcessConfig, directory: string, entrance: Entrance = []) {
    this.config = config;
    this.#directory = directory;
    this.#entrance = entrance;
  }

  /** Undefined when the process does not run. */
  get pid(): number | undefined {
    return this.#running() ? this.#child?.pid : undefined;
  }

  get control(): string {
    return this.#control;
  }

  /** Resolves when the process says that it serves. Throws {@link ProcessFailed}. */
  async start(): Promise<void> {
    const { name, role } = this.config;
    const configFile = join(this.#directory, `${name}.config.json`);
    await writeFile(configFile, JSON.stringify(this.config), { mode: 0o600 });
    const log = openSync(join(this.#directory, `${name}.log`), 'a');
    const file = join(import.meta.dirname, 'servers', FILES[role]);
    const child = forkThrough(this.#entrance, file, ['--config', configFile], {
      stdio: ['ignore', log, 'pipe', 'ipc'],
    });
    closeSync(log);
    this.#child = child;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2_000);
    });
    child.stderr?.pipe(createWriteStream(join(this.#directory, `${name}.log`), { flags: 'a' }));
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
    child.once('exit', () => ended.abort());
    try {
      const [message] = (await once(child, 'message', { signal })) as [ReadyMessage];
      this.#control = message.control;
    } catch {
      await this.stop('SIGKILL');
      const { address, port } = this.config;
      throw new ProcessFailed(`${name} did not start on ${address}:${port}\n${said.trim()}`);
    }
  }

  /** Ends exactly this child and waits until it is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.#running()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await exited;
    clearTimeout(timer);
  }

  #running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
