import type { StepFailure } from '../ports/ledger.ts';

/** How a step ends. `why` is a code or a short sentence of ours: never a value of a user's profile. */
export type Outcome =
  | { outcome: 'done'; why?: string }
  /** The step runs again after `afterMs`; nothing is wrong with the shipment. */
  | { outcome: 'later'; afterMs: number; why: string; failure?: StepFailure }
  /** An operator must act, or the shipment ended: the step does not run again by itself. */
  | { outcome: 'stop'; why: string };

export const done = (why?: string): Outcome => (why === undefined ? { outcome: 'done' } : { outcome: 'done', why });
export const later = (afterMs: number, why: string, failure?: StepFailure): Outcome => ({
  outcome: 'later',
  afterMs,
  why,
  ...(failure === undefined ? {} : { failure }),
});
export const stop = (why: string): Outcome => ({ outcome: 'stop', why });
