import type { CliContext } from './context.ts';

/** One line of progress on standard error. */
export interface LiveLine {
  /** Shows a text: in the place of the one before on a terminal, as a line of its own, when it is new, on a pipe. */
  show(text: string): void;
  /** Leaves what is shown, before anything else is written. */
  end(): void;
}

export function liveLine({ warn, liveColumns }: Pick<CliContext, 'warn' | 'liveColumns'>): LiveLine {
  let shown = '';
  return {
    show(text) {
      if (text === shown) return;
      // A line that wraps could not be drawn over.
      if (liveColumns === undefined) warn(`${text}\n`);
      else warn(`${shown === '' ? '' : '\r\x1b[2K'}${text.slice(0, Math.max(1, liveColumns - 1))}`);
      shown = text;
    },
    end() {
      if (shown !== '' && liveColumns !== undefined) warn('\n');
      shown = '';
    },
  };
}
