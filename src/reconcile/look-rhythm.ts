/** How often HAProxy is asked how it does, in milliseconds. Drift is noticed within two looks. */
const usual = 1_000;

/** Of many servers it is asked no oftener than that so much of the time goes by with it: 4,000 about every five seconds. */
const share = 0.06;

/** And not seldomer than that, however long it takes to answer. */
const longest = 10_000;

/** How long after the beginning of a look the next one is due. @param took the look, in milliseconds as the answer */
export function untilNextLook(took: number): number {
  return Math.min(longest, Math.max(usual, took / share));
}
