import type { StepName } from '../model/plan.ts';

/**
 * How much a call may take of what a service allows all of its callers together.
 *
 * - `urgent`: a user sets up a key now, or a key is on its way.
 * - `normal`: a single request; or a key of a batch that is on its way.
 * - `patient`: a row of a batch, or a dry run.
 */
export type Urgency = 'urgent' | 'normal' | 'patient';

/** The share of an org's limits that batches and dry runs may use, where a tenant's settings name none. */
export const standardRateLimitShare = 0.5;

/** Of what batches and dry runs leave of a rate limit, the part that more urgent calls may use too. */
export const yielded: Readonly<Record<Urgency, number>> = { urgent: 0.8, normal: 0.5, patient: 0 };

/** The calls of a rate limit of `calls` that this urgency leaves to others. `share` is that of batches and dry runs. */
export const keptForOthers = ({ calls, share }: { calls: number; share: number }, urgency: Urgency): number =>
  Math.round(calls * (1 - share) * (1 - yielded[urgency]));

/**
 * Whether a shipment's next step may start in this process at once, in the place of the step `after`, which has just ended:
 * it calls no other service, nothing of the tenant that is more urgent waits for a call, and the tenant's rate limits have
 * calls left. Otherwise its message waits in the outbox, and is published in its turn. Asks no store. `priority` is that of
 * the next step's outbox message. A first step, with `after` null, has no place to take over: nothing as urgent may wait
 * either, and the ledger has to find a place.
 */
export type MayFollow = (next: { tenant: string; step: StepName; after: StepName | null; priority: number }) => boolean;
