import type { Progress } from '../contract/answers.ts';
import type { OnProgress } from '../contract/controller.ts';
import type { Stage } from '../reconcile/progress.ts';
import type { CliContext, Colors } from './context.ts';

/** What a stage does, for people. */
const names: Readonly<Record<Stage, string>> = {
  validate: 'validate the declaration',
  plan: 'plan the change',
  stage: 'write the generation',
  check: 'let HAProxy check it',
  preflight: 'examine this machine and the servers',
  swap: 'make the generation the current one',
  start: 'start HAProxy',
  operate: 'send commands to HAProxy',
  reload: 'reload HAProxy',
  verify: 'verify what runs',
  addresses: 'hold the addresses of the pair',
  guard: 'watch the service',
  commit: 'record the revision',
  pair: 'bring it to all nodes',
  restore: 'put back what ran before',
};

export interface LiveStages {
  readonly onProgress: OnProgress;
  /** Ends the line that is being drawn, before anything else is written. */
  readonly end: () => void;
}

/**
 * Shows the stages of a change on standard error. A terminal has one line a stage, drawn anew in place. A pipe gets a
 * line at the end of each stage, and one at its beginning when there is something to say.
 */
export function liveStages(context: Pick<CliContext, 'warn' | 'liveColumns' | 'colors'>): LiveStages {
  const { liveColumns, colors } = context;
  let drawing = false;
  const end = () => {
    if (drawing) context.warn('\n');
    drawing = false;
  };
  let current: Stage | undefined;
  const onProgress = (progress: Progress) => {
    const { stage, state, detail } = progress;
    const line = textOf(progress);
    if (liveColumns === undefined) {
      if (state !== 'begun' || detail !== undefined) context.warn(`${mark(state, colors)} ${line}\n`);
      return;
    }
    if (current !== stage) end();
    current = stage;
    // A line that wraps could not be drawn over.
    const shown = state === 'begun' ? line.slice(0, Math.max(0, liveColumns - 3)) : line;
    context.warn(`${drawing ? '\r\x1b[2K' : ''}${mark(state, colors)} ${shown}`);
    drawing = true;
    if (state !== 'begun') end();
  };
  return { onProgress, end };
}

function textOf({ stage, detail }: Progress): string {
  return detail === undefined ? names[stage] : `${names[stage]}: ${detail}`;
}

function mark(state: Progress['state'], colors: Colors): string {
  switch (state) {
    case 'begun':
      return '…';
    case 'done':
      return colors.green('✓');
    case 'failed':
      return colors.red('✗');
    case 'escalated':
      return colors.yellow('↑');
  }
}
