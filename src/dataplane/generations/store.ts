import { link, readdir, readlink, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Rendering } from '../../ir/rendering.ts';
import { Bug } from '../../kernel/bug.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Secret } from '../../kernel/secret.ts';
import type { Generation } from '../port.ts';
import {
  errorCode,
  isMissing,
  privateDirectory,
  readIfPresent,
  replaceLink,
  syncDirectory,
  writeNewFile,
} from '../system/files.ts';
import { digestsOf, readFileDigests, readManifest, writeManifest } from './manifest.ts';
import { Watch } from './watch.ts';

const keptGenerations = 10;

/** Writes that wait for the disk at the same time. */
const writtenAtOnce = 16;

/** Directories of the form `12-0a1b2c3d`. */
const directoryName = /^(\d+)-[0-9a-f]{8}$/;

/**
 * Immutable generations below `STATE/generations`, and the links `STATE/current` (what HAProxy reads) and
 * `STATE/last-good` (what was last proven in service).
 */
export class GenerationStore {
  readonly #state: string;
  readonly #clock: Clock;
  readonly #root: string;
  readonly #watch = new Watch();

  /** @param stateDirectory absolute */
  constructor(stateDirectory: string, clock: Clock) {
    this.#state = stateDirectory;
    this.#clock = clock;
    this.#root = join(stateDirectory, 'generations');
  }

  /** The path that HAProxy is started with: it leads to the generation in service. */
  get currentConfiguration(): string {
    return join(this.#state, 'current', 'haproxy.cfg');
  }

  /** The same for keepalived, whether or not that generation has a file for it. */
  get currentKeepalived(): string {
    return join(this.#state, 'current', 'keepalived.conf');
  }

  configuration(generation: Generation): string {
    return join(this.#root, nameOf(generation), 'haproxy.cfg');
  }

  keepalived(generation: Generation): string {
    return join(this.#root, nameOf(generation), 'keepalived.conf');
  }

  bird(generation: Generation): string {
    return join(this.#root, nameOf(generation), 'bird.conf');
  }

  async current(): Promise<Generation | undefined> {
    const name = await this.#linked('current');
    return name === undefined ? undefined : await this.#read(name);
  }

  /** The last one that was proven in service. */
  async lastGood(): Promise<Generation | undefined> {
    const name = await this.#linked('last-good');
    return name === undefined ? undefined : await this.#read(name);
  }

  /** The newest generation with this digest; the running HAProxy knows no more than its digest. */
  async withDigest(digest: string): Promise<Generation | undefined> {
    for (const { name } of (await this.#list()).reverse()) {
      const generation = await this.#read(name);
      if (generation?.digest === digest) return generation;
    }
    return undefined;
  }

  /**
   * Writes a rendering as a new generation, complete or not at all. When the current generation holds exactly
   * these files, that one is given back and nothing is written.
   */
  async stage(
    rendering: Rendering,
    haproxyVersion: string,
  ): Promise<{ generation: Generation; fresh: boolean }> {
    const current = await this.current();
    if (current?.digest === rendering.digest && (await this.#holds(current, rendering))) {
      return { generation: current, fresh: false };
    }
    await privateDirectory(this.#root);
    await this.#removeUnfinished();
    const number = ((await this.#list()).at(-1)?.number ?? 0) + 1;
    const generation: Generation = { number, digest: rendering.digest, createdAt: this.#clock.now() };
    const unfinished = join(this.#root, `.new-${nameOf(generation)}`);
    const digests = digestsOf(rendering);
    const kept = await this.#fill(unfinished, rendering, digests, current);
    await writeNewFile(
      join(unfinished, 'manifest.json'),
      writeManifest(generation, haproxyVersion, digests),
      0o600,
    );
    await syncDirectory(unfinished);
    const directory = join(this.#root, nameOf(generation));
    await rename(unfinished, directory);
    await syncDirectory(this.#root);
    this.#watch.linked(kept.paths, kept.directory, directory);
    return { generation, fresh: true };
  }

  async swap(generation: Generation | undefined): Promise<void> {
    if (generation === undefined) {
      await rm(join(this.#state, 'current'), { force: true });
      await syncDirectory(this.#state);
    } else {
      await replaceLink(join(this.#state, 'current'), join('generations', nameOf(generation)));
    }
  }

  async discard(generation: Generation): Promise<void> {
    const name = nameOf(generation);
    if (name === (await this.#linked('current')) || name === (await this.#linked('last-good'))) return;
    await rm(join(this.#root, name), { recursive: true, force: true });
  }

  /** Marks a generation as proven, and removes the oldest ones. */
  async commit(generation: Generation): Promise<void> {
    await replaceLink(join(this.#state, 'last-good'), join('generations', nameOf(generation)));
    const kept = new Set([await this.#linked('current'), nameOf(generation)]);
    for (const { name } of (await this.#list()).slice(0, -keptGenerations)) {
      if (!kept.has(name)) await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }

  /** Files of a generation that are no longer as they were written; empty when nothing is known of them. */
  async tampered(generation: Generation): Promise<string[]> {
    const directory = join(this.#root, nameOf(generation));
    const text = await readIfPresent(join(directory, 'manifest.json'));
    const digests = text === undefined ? undefined : readFileDigests(text);
    return digests === undefined ? [] : await this.#watch.changed(directory, digests);
  }

  /** The directories, the oldest first. */
  async #list(): Promise<{ name: string; number: number }[]> {
    const names = await readdir(this.#root).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names
      .map((name) => ({ name, number: Number(directoryName.exec(name)?.[1] ?? Number.NaN) }))
      .filter(({ number }) => !Number.isNaN(number))
      .sort((a, b) => a.number - b.number);
  }

  async #linked(link: 'current' | 'last-good'): Promise<string | undefined> {
    try {
      return basename(await readlink(join(this.#state, link)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #read(name: string): Promise<Generation | undefined> {
    const text = await readIfPresent(join(this.#root, name, 'manifest.json'));
    return text === undefined ? undefined : readManifest(text);
  }

  /** Files may have been changed by hand since they were written; then they are not what the digest says. */
  async #holds(generation: Generation, rendering: Rendering): Promise<boolean> {
    for (const { path, content } of rendering.files) {
      const found = await readIfPresent(join(this.#root, nameOf(generation), path));
      if (found !== (content instanceof Secret ? content.reveal() : content)) return false;
    }
    return true;
  }

  /**
   * Makes the files of a generation and their names durable. Those that the current one holds too, unchanged, are linked:
   * a file of a generation is never written again, and a thousand services have thousands of them.
   * @returns those that were linked, and from where
   */
  async #fill(
    directory: string,
    { files }: Rendering,
    digests: ReadonlyMap<string, string>,
    current: Generation | undefined,
  ): Promise<{ directory: string; paths: string[] }> {
    const held =
      current === undefined ? { directory, digests: new Map<string, string>() } : await this.#sound(current);
    const paths: string[] = [];
    const parents = new Set([directory, ...files.map(({ path }) => dirname(join(directory, inside(path))))]);
    for (const parent of parents) await privateDirectory(parent);
    const waiting = files.values();
    const work = async (): Promise<void> => {
      for (const { path, content } of waiting) {
        const target = join(directory, path);
        const same = held.digests.get(path) === digests.get(path);
        if (same && (await linked(join(held.directory, path), target))) paths.push(path);
        else await writeNewFile(target, content instanceof Secret ? content.reveal() : content, 0o600);
      }
    };
    await Promise.all(Array.from({ length: writtenAtOnce }, work));
    for (const parent of parents) await syncDirectory(parent);
    return { directory: held.directory, paths };
  }

  /** The files of a generation that are as they were written, by path with their digests. */
  async #sound(generation: Generation) {
    const directory = join(this.#root, nameOf(generation));
    const text = await readIfPresent(join(directory, 'manifest.json'));
    const digests = new Map(text === undefined ? [] : readFileDigests(text));
    for (const path of await this.#watch.changed(directory, digests)) digests.delete(path);
    return { directory, digests };
  }

  /** What a controller that was killed while writing left behind; it may hold keys. */
  async #removeUnfinished(): Promise<void> {
    for (const name of await readdir(this.#root)) {
      if (name.startsWith('.new-')) await rm(join(this.#root, name), { recursive: true, force: true });
    }
  }
}

function inside(path: string): string {
  const steps = path.split('/');
  if (steps.some((step) => step === '' || step === '.' || step === '..') || path.includes('\0')) {
    throw new Bug(`not a path inside a generation: ${JSON.stringify(path)}`);
  }
  return path;
}

/** False where the file system has no links, or no more of them. */
async function linked(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

function nameOf({ number, digest }: Generation): string {
  return `${number}-${digest.slice(0, 8)}`;
}
