import type { Decision } from '../model/change.ts';
import type { SeenUser } from '../model/seen-user.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Moved, StepAttempt, StepFailure } from '../ports/ledger.ts';

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

/** How the step of an event ends; `next` is the attempt at its shipment's first step that this process is to run now. */
export type EventEnd = Outcome & { next?: StepAttempt };

type Later = Extract<Outcome, { outcome: 'later' }>;

type Decide = (shipment: Shipment) => Decision | null;

/**
 * A step that ends with a move: the attempt ends in the move's transaction. `endOf` is pure; it returns the outcome, or
 * what is still to be done where the move was not made as expected.
 */
export interface LastMove {
  outcome: 'last_move';
  moves: readonly Decide[];
  endOf: (moved: Moved) => Outcome | (() => Promise<StepEnd>);
  /** What it read of the user, for the steps that follow. */
  seen?: SeenUser;
}

export type StepEnd = Outcome | LastMove;

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

export const lastMove = (
  moves: Decide | readonly Decide[],
  endOf: LastMove['endOf'],
  seen?: SeenUser | null,
): LastMove => ({
  outcome: 'last_move',
  moves: typeof moves === 'function' ? [moves] : moves,
  endOf,
  ...(seen == null ? {} : { seen }),
});
