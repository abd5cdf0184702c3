import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type GroupWord, givesUp, standsAside, takesPart } from '../../ir/group-word.ts';
import type { Absence } from '../../model/absence.ts';
import { readJsonIfPresent, replaceFile } from '../system/files.ts';
import type { OutlineInstance } from './outline.ts';
import { ensureTrackFile, readTrackFile, writeTrackFile } from './track-file.ts';

type Group = Pick<OutlineInstance, 'name' | 'preempts'>;

/**
 * What was decided about each group of addresses on this node, and the files that tell keepalived. That it is to leave a
 * group to others outlasts the controller, keepalived and the machine; that it makes way for a moment does not.
 */
export class GroupWords {
  readonly #files: string;
  readonly #record: string;
  readonly #makesWay = new Set<string>();
  readonly #gives = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param files how the names of the files begin that keepalived reads
   * @param record the file that remembers what lasts
   */
  constructor(files: string, record: string) {
    this.#files = files;
    this.#record = record;
  }

  /** Makes the files that keepalived needs to start, and says in them what holds. */
  async bring(groups: readonly Group[]): Promise<void> {
    const absences = await this.absences();
    for (const group of groups) {
      await ensureTrackFile(this.#file(group.name));
      const word = this.#wordOf(group, absences);
      if ((await this.#said(group.name))?.word !== word) writeTrackFile(this.#file(group.name), word);
    }
  }

  /** Whether {@link bring} would have nothing to do. */
  async stand(groups: readonly Group[]): Promise<boolean> {
    const absences = await this.absences();
    const said = await Promise.all(groups.map(({ name }) => this.#said(name)));
    return groups.every((group, index) => said[index]?.word === this.#wordOf(group, absences));
  }

  /** The groups that this node leaves to others until it is told to come back. */
  async absences(): Promise<ReadonlyMap<string, Absence>> {
    const record = (await readJsonIfPresent(this.#record)) as Readonly<Record<string, Absence>> | undefined;
    return new Map(Object.entries(record ?? {}));
  }

  /** Since when a group is being given up, in milliseconds since 1970; absent: it is not. */
  async givenSince(group: string): Promise<number | undefined> {
    const said = await this.#said(group);
    return said?.word === givesUp ? said.since : undefined;
  }

  /** Leaves groups to others; they learn of it with the next {@link bring}. */
  async leave(groups: readonly string[], absence: Absence): Promise<void> {
    await this.#write(
      new Map([...(await this.absences()), ...groups.map((name) => [name, absence] as const)]),
    );
  }

  async comeBack(groups: readonly string[]): Promise<void> {
    const absences = new Map(await this.absences());
    if (groups.filter((name) => absences.delete(name)).length > 0) await this.#write(absences);
  }

  /** Makes way for whoever is to have these groups. @param limit in milliseconds, after which `onEnd` is called */
  makeWay(groups: readonly string[], limit: number, onEnd: () => void): void {
    this.takePart();
    for (const name of groups) this.#makesWay.add(name);
    this.#timer = setTimeout(onEnd, limit).unref();
  }

  /** Makes way for nobody any more. */
  takePart(): void {
    clearTimeout(this.#timer);
    this.#makesWay.clear();
  }

  /** Gives groups up, until {@link haveGiven}. */
  give(groups: readonly string[]): void {
    for (const name of groups) {
      this.#gives.add(name);
      writeTrackFile(this.#file(name), givesUp);
    }
  }

  haveGiven(): void {
    this.#gives.clear();
  }

  /** Takes the files away, not what lasts. */
  async remove(): Promise<void> {
    this.takePart();
    const directory = dirname(this.#files);
    for (const name of await readdir(directory)) {
      if (name.startsWith(basename(this.#files))) await rm(join(directory, name), { force: true });
    }
  }

  #file(group: string): string {
    return `${this.#files}${group}`;
  }

  async #said(group: string) {
    return await readTrackFile(this.#file(group));
  }

  /** Only a node that would take a group back by itself has to be kept from it. */
  #wordOf({ name, preempts }: Group, absences: ReadonlyMap<string, Absence>): GroupWord {
    if (this.#gives.has(name)) return givesUp;
    return this.#makesWay.has(name) || (preempts && absences.has(name)) ? standsAside : takesPart;
  }

  async #write(absences: ReadonlyMap<string, Absence>): Promise<void> {
    if (absences.size === 0) await rm(this.#record, { force: true });
    else await replaceFile(this.#record, JSON.stringify(Object.fromEntries(absences)), 0o600);
  }
}
