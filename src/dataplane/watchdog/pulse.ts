/** So many probes that fail in a row are a fault, and so many that pass in a row end one. */
const fall = 2;
const rise = 3;

/** Whether HAProxy is fit to hold addresses, from what was seen of it. Pure. */
export class Pulse {
  #fault: boolean;
  /** Probes of the same outcome in a row. */
  #passed = 0;
  #failed = 0;

  /** @param fault what was said last, perhaps by a watchdog before */
  constructor(fault: boolean) {
    this.#fault = fault;
  }

  get fault(): boolean {
    return this.#fault;
  }

  pass(): void {
    this.#failed = 0;
    this.#passed += 1;
    if (this.#passed >= rise) this.#fault = false;
  }

  fail(): void {
    this.#passed = 0;
    this.#failed += 1;
    if (this.#failed >= fall) this.#fault = true;
  }

  /** Nobody is there: no second look is needed. */
  die(): void {
    this.#passed = 0;
    this.#fault = true;
  }
}
