/** That a node leaves a group of addresses to the others, although it is preferred: they were moved away from it on purpose. */
export interface Absence {
  /** In milliseconds since 1970. */
  readonly since: number;
  readonly author: string;
  readonly reason?: string;
}
