import type { StepFailure } from '../ports/ledger.ts';

/** How a step ends. `why` is a code or a short sentence of ours: never a value of a user's profile. */
export type Outcome =
  | { outcome: 'done'; why?: string }
  /**
   * The step runs again after `afterMs`; nothing is wrong with the shipment. Its message waits in the outbox, unless
   * `isInQueue`: then it is this job that runs again.
   */
  | { outcome: 'later'; afterMs: number; why: string; failure?: StepFailure; isInQueue?: boolean }
  /** An operator must act, or the shipment ended: the step does not run again by itself. */
  | { outcome: 'stop'; why: string };

type Later = Extract<Outcome, { outcome: 'later' }>;

export const done = (why?: string): Outcome => (why === undefined ? { outcome: 'done' } : { outcome: 'done', why });
export const later = (afterMs: number, why: string, failure?: StepFailure): Later => ({
  outcome: 'later',
  afterMs,
  why,
  ...(failure === undefined ? {} : { failure }),
});
export const stop = (why: string): Outcome => ({ outcome: 'stop', why });

/** Another attempt, which may never end, is responsible for the message: this job looks again. */
export const laterInQueue = (afterMs: number, why: string): Outcome => ({ ...later(afterMs, why), isInQueue: true });
