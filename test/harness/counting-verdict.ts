import type { Loss, Sofar } from './counting-client.ts';

/** Who can say what it carried out. */
export interface Carrier {
  carriedOut(): Promise<readonly string[]>;
}

/** What became of every request: clients and servers compared. */
export interface Verdict {
  readonly sent: number;
  readonly lost: readonly Loss[];
  /** Certainly not looked at by the balancer, and sent again by the client, as RFC 9113 allows. */
  readonly refused: number;
  /** `METHOD id` of what was carried out more than once. */
  readonly twice: readonly string[];
  /** `METHOD id` of what was answered although nobody carried it out. */
  readonly invented: readonly string[];
  /** Milliseconds. */
  readonly slowest: number;
}

export function verdictOf(
  { sent, refused, slowest }: Sofar,
  lost: readonly Loss[],
  answered: readonly string[],
  carriedOut: readonly string[],
): Verdict {
  const done = new Set<string>();
  const twice = carriedOut.filter((line) => done.has(line) || !done.add(line));
  const invented = answered.filter((line) => !done.has(line));
  return { sent, refused, lost, twice, invented, slowest: Math.round(slowest) };
}

/** The verdict in one line. */
export function sentence({ sent, lost, refused, twice, invented, slowest }: Verdict): string {
  const why = new Map<string, number>();
  for (const { kind, method, what } of lost) {
    const cause = `${kind} ${method}: ${what}`;
    why.set(cause, (why.get(cause) ?? 0) + 1);
  }
  const causes = [...why].map(([what, count]) => `${count} x ${what}`).join('; ');
  return [
    `${sent} requests sent`,
    `${lost.length} lost${causes === '' ? '' : ` (${causes})`}`,
    `${twice.length} carried out twice`,
    `${invented.length} answered and not carried out`,
    `${refused} refused by a GOAWAY and sent again`,
    `slowest ${slowest} ms`,
  ].join(', ');
}
