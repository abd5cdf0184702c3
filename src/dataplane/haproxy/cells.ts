const [newline, space, comma, quote, minus, zero, nine] = [0x0a, 0x20, 0x2c, 0x22, 0x2d, 0x30, 0x39];

/** Of so many digits a number is exact without a closer look. */
const exactDigits = 15;

/** One line of a table, by the names of its columns. What is empty, or what this version does not have, is absent. */
export interface Row {
  /**
   * The same text as long as it is the same in the line before, so that thousands of lines that say the same hold it once.
   * @param likely what it may well be; this very string, if it is
   */
  get(column: string, likely?: string): string | undefined;
  /** @returns `absent` when there is none, and NaN when it is no number */
  number(column: string, absent?: number): number;
  is(column: string, text: string): boolean;
}

/**
 * A table of HAProxy, read where it lies, one line after the other: of a megabyte about thousands of servers hardly anything
 * is needed, and less is new. Each line is there until the next one.
 *
 * A text that is given out is a copy: it does not keep the whole answer in memory.
 */
export class Cells implements Row {
  readonly #bytes: Buffer;
  readonly #separator: number;
  readonly #columns: ReadonlyMap<string, number>;
  /** Where the cells of this line begin and end, as far as they were passed. */
  readonly #begins: Int32Array;
  readonly #ends: Int32Array;
  #passed = 0;
  /** Where this line begins, where the first cell that was not passed does, and where the line ends. */
  #line = -1;
  #begin = 0;
  #end: number;
  /** The next quote in the table: mostly there is none. */
  #quote = -1;
  /** What each column gave last. */
  readonly #given: (string | undefined)[];

  private constructor(bytes: Buffer, separator: number, columns: ReadonlyMap<string, number>, end: number) {
    this.#bytes = bytes;
    this.#separator = separator;
    this.#columns = columns;
    this.#begins = new Int32Array(columns.size);
    this.#ends = new Int32Array(columns.size);
    this.#given = Array.from({ length: columns.size });
    this.#end = end;
  }

  /** The answer to `show stat`, which is CSV. Undefined when there is no header: every version adds some columns. */
  static ofStatistics(bytes: Buffer): Cells | undefined {
    return Cells.#of(bytes, 0, comma);
  }

  /** The answer to `show servers state`, version 1 of its format; undefined for anything else. */
  static ofServerStates(bytes: Buffer): Cells | undefined {
    const header = bytes.indexOf(newline) + 1;
    return bytes.toString('latin1', 0, header) === '1\n' ? Cells.#of(bytes, header, space) : undefined;
  }

  static #of(bytes: Buffer, header: number, separator: number): Cells | undefined {
    const end = positionOf(newline, bytes, header);
    const line = bytes.toString('utf8', header, end);
    if (!line.startsWith('# ')) return undefined;
    const names = line.slice(2).split(String.fromCharCode(separator));
    return new Cells(bytes, separator, new Map(names.map((name, index) => [name, index])), end);
  }

  has(column: string): boolean {
    return this.#columns.has(column);
  }

  /** The line, to be asked also after others were read. */
  keep(): Row {
    const [line, nextQuote] = [this.#line, this.#quote];
    const there = (): this => {
      if (this.#line !== line) {
        this.#end = line;
        this.#quote = nextQuote;
        this.next();
      }
      return this;
    };
    return {
      get: (column, likely) => there().get(column, likely),
      number: (column, absent) => there().number(column, absent),
      is: (column, text) => there().is(column, text),
    };
  }

  /** Goes to the next line that is not empty. @returns false when there is none, or none that is whole */
  next(): boolean {
    const bytes = this.#bytes;
    let begin = this.#end;
    while (bytes[begin] === newline) begin += 1;
    this.#line = begin;
    this.#begin = begin;
    this.#passed = 0;
    const end = begin < bytes.length ? positionOf(newline, bytes, begin) : begin;
    this.#end = end;
    if (this.#quote < begin) this.#quote = positionOf(quote, bytes, begin);
    // A quoted value may hold separators and ends of lines.
    return this.#quote < end && this.#separator === comma ? this.#passQuoted() : begin < bytes.length;
  }

  /** Passes a whole line with quotes, as in RFC 4180. @returns false when it is none */
  #passQuoted(): boolean {
    const bytes = this.#bytes;
    for (let begin = this.#begin; ; ) {
      const isQuoted = bytes[begin] === quote;
      let end = isQuoted ? closingQuote(bytes, begin + 1) : begin;
      if (!isQuoted) while (end < bytes.length && bytes[end] !== comma && bytes[end] !== newline) end += 1;
      this.#pass(isQuoted ? begin + 1 : begin, end);
      begin = isQuoted ? end + 1 : end;
      if (bytes[begin] === comma) begin += 1;
      else {
        const isWhole = begin === bytes.length || bytes[begin] === newline;
        if (!isWhole) this.#passed = 0;
        this.#end = isWhole ? begin : bytes.length;
        // Nothing is left to be passed.
        this.#begin = this.#end + 1;
        return isWhole;
      }
    }
  }

  #pass(begin: number, end: number): void {
    if (this.#passed === this.#begins.length) return;
    this.#begins[this.#passed] = begin;
    this.#ends[this.#passed] = end;
    this.#passed += 1;
  }

  /** The place of a column in {@link #begins}; undefined when the line has none. A line is cut only as far as it is asked. */
  #find(column: string): number | undefined {
    const index = this.#columns.get(column);
    if (index === undefined) return undefined;
    const bytes = this.#bytes;
    const separator = this.#separator;
    const last = this.#end;
    let begin = this.#begin;
    while (this.#passed <= index && begin <= last) {
      let end = begin;
      while (end < last && bytes[end] !== separator) end += 1;
      this.#pass(begin, end);
      begin = end + 1;
    }
    this.#begin = begin;
    return index < this.#passed ? index : undefined;
  }

  get(column: string, likely?: string): string | undefined {
    const index = this.#find(column);
    if (index === undefined) return undefined;
    const [begin, end] = [this.#begins[index] ?? 0, this.#ends[index] ?? 0];
    if (begin === end) return undefined;
    if (likely !== undefined && this.#says(begin, end, likely)) return likely;
    const given = this.#given[index];
    if (given !== undefined && this.#says(begin, end, given)) return given;
    const written = this.#bytes.toString('utf8', begin, end);
    const isQuoted = this.#separator === comma && this.#bytes[begin - 1] === quote;
    const text = isQuoted ? written.replaceAll('""', '"') : written;
    this.#given[index] = text;
    return text;
  }

  number(column: string, absent = 0): number {
    const index = this.#find(column);
    if (index === undefined) return absent;
    const [begin, end] = [this.#begins[index] ?? 0, this.#ends[index] ?? 0];
    if (begin === end) return absent;
    const bytes = this.#bytes;
    const first = bytes[begin] === minus ? begin + 1 : begin;
    let value = 0;
    for (let at = first; at < end; at += 1) {
      const digit = bytes[at] ?? 0;
      if (digit < zero || digit > nine || at - first >= exactDigits)
        return Number(bytes.toString('utf8', begin, end));
      value = value * 10 + digit - zero;
    }
    if (first === end) return Number.NaN;
    return first === begin ? value : -value;
  }

  is(column: string, text: string): boolean {
    const index = this.#find(column);
    if (index === undefined) return false;
    return this.#says(this.#begins[index] ?? 0, this.#ends[index] ?? 0, text);
  }

  /** Never for letters beyond ASCII, or quotes, which are written in another way: these are rare, and read anew. */
  #says(begin: number, end: number, text: string): boolean {
    if (text.length !== end - begin) return false;
    const bytes = this.#bytes;
    for (let at = 0; at < text.length; at += 1) {
      const byte = bytes[begin + at] ?? 0x80;
      if (byte !== text.charCodeAt(at) || byte >= 0x80 || byte === quote) return false;
    }
    return true;
  }
}

/** Where a byte is next, or the end of all. */
function positionOf(byte: number, bytes: Buffer, from: number): number {
  const found = bytes.indexOf(byte, from);
  return found < 0 ? bytes.length : found;
}

/** Where a quoted value ends; a quote in it is doubled. */
function closingQuote(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] !== quote) continue;
    if (bytes[at + 1] !== quote) return at;
    at += 1;
  }
  return bytes.length;
}
