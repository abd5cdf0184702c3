/** One thing that is not as desired although Aorta did not change it. */
export interface DriftItem {
  readonly kind: 'process' | 'files' | 'server' | 'frontend' | 'certificate' | 'list';
  /** What is, and what should be; a clause without a full stop. */
  readonly what: string;
  /** Noticed, in milliseconds since 1970. */
  readonly since: number;
  /** Whether it can become an intent. */
  readonly adoptable: boolean;
}
