import type { Name } from './name.ts';

/** The addresses of a group came to a machine or left it, as its watchdog saw it. Times in milliseconds since 1970. */
export interface AddressMove {
  readonly group: Name;
  readonly kind: 'came' | 'left';
  /** When it was seen. */
  readonly at: number;
  /** When it was last seen otherwise; absent: nobody looked until then, and it may be long ago. */
  readonly before?: number;
  /** Why, as far as this machine can know; absent: it cannot. */
  readonly cause?: MoveCause;
}

export type MoveCause =
  /** Somebody moved them on purpose. */
  | { readonly kind: 'handover'; readonly author?: string; readonly reason?: string }
  /** Aorta was ended on this machine. */
  | { readonly kind: 'ended' }
  /** HAProxy had died, or hung. @property answered when it last answered @property noticed when that was seen */
  | {
      readonly kind: 'unfit';
      readonly how: 'died' | 'hung';
      readonly answered?: number;
      readonly noticed: number;
    }
  /** The interface that carries them had no link. */
  | { readonly kind: 'link'; readonly interface: string };

/** What a rehearsal found. */
export interface Rehearsal {
  /** When it ended, in milliseconds since 1970, by the clock of this node. */
  readonly at: number;
  readonly author: string;
  readonly moves: number;
  readonly sent: number;
  readonly failed: number;
  /** The longest time in which no answer came from one of the addresses, in milliseconds. */
  readonly longestGap: number;
}
