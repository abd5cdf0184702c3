/**
 * How far a clock is ahead of ours at least; negative: behind. It was read somewhen between our question and its
 * answer, so that less than this cannot be told from the way there and back.
 * @param at what it showed; @param asked, @param answered by our own clock; all in milliseconds since 1970
 */
export function skewOf(at: number, asked: number, answered: number): number {
  if (at > answered) return at - answered;
  return at < asked ? at - asked : 0;
}
