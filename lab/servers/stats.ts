/** A count that a test can read: what a process was asked and what it carried out. */
export interface StatsReport {
  readonly total: number;
  /** `GET /v1/uscore/R4/Patient/{id}` to number of requests. */
  readonly requests: Record<string, number>;
  /** Value of the request's `x-request-id` to how many times it was carried out; more than 1 is a duplicate. */
  readonly executions: Record<string, number>;
  readonly inFlight: number;
}

const MAXIMUM_EXECUTIONS = 200_000;
const LONG_IDENTIFIER = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{20,})$/;
const SHORT_IDENTIFIER = /^[A-Za-z0-9]*\d[A-Za-z0-9.-]*$/;

/** The path without anything that names a person or a thing: identifiers become `{id}`, the query is dropped. */
export function pathTemplate(target: string): string {
  const path = target.split('?')[0] ?? target;
  return (
    path
      .split('/')
      // The first segments hold version names such as R4 and STU6, which only look like identifiers.
      .map((part, index) =>
        LONG_IDENTIFIER.test(part) || (index > 4 && SHORT_IDENTIFIER.test(part)) ? '{id}' : part,
      )
      .join('/')
  );
}

export class Stats {
  #total = 0;
  #inFlight = 0;
  readonly #requests = new Map<string, number>();
  readonly #executions = new Map<string, number>();

  arrived(method: string, target: string): void {
    this.#total += 1;
    this.#inFlight += 1;
    const key = `${method} ${pathTemplate(target)}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
  }

  left(): void {
    this.#inFlight -= 1;
  }

  executed(id: string): void {
    if (this.#executions.size >= MAXIMUM_EXECUTIONS && !this.#executions.has(id)) return;
    this.#executions.set(id, (this.#executions.get(id) ?? 0) + 1);
  }

  report(): StatsReport {
    return {
      total: this.#total,
      requests: Object.fromEntries(this.#requests),
      executions: Object.fromEntries(this.#executions),
      inFlight: this.#inFlight,
    };
  }
}
