/** Time as a port, so that everything that waits or stamps can be driven by a test. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after that many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** What is to happen later and can be called off. */
export interface Timer {
  /** @returns calls it off; without effect once it has happened */
  after(milliseconds: number, ring: () => void): () => void;
}
