import type { CliContext } from './context.ts';

/** One line of progress on standard error. */
export interface LiveLine {
  /** Shows a text: in the place of the one before on a terminal, as a line of its own, when it is new, on a pipe. */
  show(text: string): void;
  /** Leaves what is shown, before anything else is written. */
  end(): void;
}

/** For programs: shows nothing. */
export const silentLine: LiveLine = { show: () => undefined, end: () => undefined };

export function liveLine(context: Pick<CliContext, 'warn' | 'liveColumns'>): LiveLine {
  const { liveColumns } = context;
  let shown = '';
  return {
    show(text) {
      if (text === shown) return;
      // A line that wraps could not be drawn over.
      if (liveColumns === undefined) context.warn(`${text}\n`);
      else context.warn(`${shown === '' ? '' : '\r\x1b[2K'}${text.slice(0, Math.max(1, liveColumns - 1))}`);
      shown = text;
    },
    end() {
      if (shown !== '' && liveColumns !== undefined) context.warn('\n');
      shown = '';
    },
  };
}
