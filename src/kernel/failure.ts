import { type Code, codes, type Responsibility } from './codes.ts';

export interface FailureOptions extends ErrorOptions {
  readonly change?: number;
}

/**
 * A refusal with a reason and a fix: what the environment or the data plane would not do. Mistakes in the
 * declaration are diagnostics, not failures.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: Code;
  readonly mend: string;
  /** The revision that it happened to; absent when it was none. */
  readonly change: number | undefined;

  /**
   * @param what what did not work, as a clause; never a secret
   * @param mend what the operator can do about it, as an imperative clause
   */
  constructor(code: Code, what: string, mend: string, options: FailureOptions = {}) {
    super(what, options);
    this.code = code;
    this.mend = mend;
    this.change = options.change;
  }

  get responsibility(): Responsibility {
    return codes[this.code].responsibility;
  }
}
