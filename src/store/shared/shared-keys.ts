/** A record of the store: bytes under a name. */
export interface KeyRecord {
  readonly key: string;
  readonly value: Uint8Array;
  /** Another one whenever it is written. Says nothing of order. */
  readonly version: string;
}

/** @property value absent: the record is removed */
export interface KeyWrite {
  readonly key: string;
  readonly value?: Uint8Array;
}

/** @property version that the record has; absent: there is none of that name */
export interface Expectation {
  readonly key: string;
  readonly version?: string;
}

/**
 * Where nodes keep what they share: names and bytes, of which nothing is understood here. Every answer is that of all
 * writers together, as of one moment. All methods throw Failure `store-unreachable` when it cannot be asked, or does
 * not answer; after a write it is then not known whether it was done.
 */
export interface SharedKeys {
  /** Everything whose name begins so, by name, as of one moment. */
  read(prefix: string): Promise<readonly KeyRecord[]>;
  /** All of them or none. @returns false when what was expected is not so, and nothing was written */
  write(writes: readonly KeyWrite[], expected?: Expectation): Promise<boolean>;
  /** Removes everything whose name begins so. */
  remove(prefix: string): Promise<void>;
  /**
   * Sees to it that a record is there, and is removed when this is not called again for some time. One name for each
   * opened store.
   * @param milliseconds at least that long
   */
  keepAlive(key: string, milliseconds: number): Promise<void>;
  /** Lets go of everything that was opened, also of what is being asked; what was kept alive goes when its time has passed. */
  close(): void;
}
