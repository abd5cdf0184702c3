const mask = '[secret]';

/**
 * A value that must not appear in any log, error or JSON. Printing it in any way gives a mask; the one way
 * to the value is {@link Secret.reveal}, so that every use can be found by its name.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Only for handing it to a file with mode 0600, a socket or a cryptographic function. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return mask;
  }
}
