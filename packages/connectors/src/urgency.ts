import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * How much a call may take of what a service allows all of its callers together.
 *
 * - `urgent`: a user sets up a key now, or a key is on its way.
 * - `normal`: a single request.
 * - `patient`: a row of a batch, or a dry run.
 */
export type Urgency = 'urgent' | 'normal' | 'patient';

const current = new AsyncLocalStorage<Urgency>();

/** Every call that `work` makes has this urgency; without it a call is `normal`. */
export const withUrgency = <Result>(urgency: Urgency, work: () => Promise<Result>): Promise<Result> =>
  current.run(urgency, work);

export const urgencyNow = (): Urgency => current.getStore() ?? 'normal';
