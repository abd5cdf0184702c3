/** The stages of the road of a change, in order. */
export type Stage =
  | 'validate'
  | 'plan'
  | 'stage'
  | 'check'
  | 'preflight'
  | 'swap'
  | 'start'
  | 'operate'
  | 'reload'
  | 'verify'
  | 'addresses'
  | 'guard'
  | 'commit'
  | 'pair'
  | 'restore';

/** `begun`, then one of the others. `escalated`: commands did not do, a reload follows. */
export type StageState = 'begun' | 'done' | 'failed' | 'escalated';

/** Told about each stage while a change is under way. @param detail a clause for people; never a secret */
export type Listen = (stage: Stage, state: StageState, detail?: string) => void;
