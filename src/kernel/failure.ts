import { type Code, codes, type Responsibility } from './codes.ts';

/**
 * A refusal with a reason and a fix: what the environment or the data plane would not do. Mistakes in the
 * declaration are diagnostics, not failures.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: Code;
  readonly mend: string;

  /**
   * @param what what did not work, as a clause; never a secret
   * @param mend what the operator can do about it, as an imperative clause
   */
  constructor(code: Code, what: string, mend: string, options?: ErrorOptions) {
    super(what, options);
    this.code = code;
    this.mend = mend;
  }

  get responsibility(): Responsibility {
    return codes[this.code].responsibility;
  }
}
