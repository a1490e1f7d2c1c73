import { nextSteps, type StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Chain, StepAttempt } from '@keycourier/journey/ports/ledger';
import { callsOf } from '@keycourier/journey/steps/calls';
import { knownSteps } from '@keycourier/journey/steps/steps';
import type { RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { priorityOfMessage } from '../outbox/add-messages.ts';
import { admit } from '../outbox/admit.ts';
import { slotsOf } from '../outbox/pace.ts';
import { lockingLanes, readingState, stateOf } from '../outbox/read-state.ts';
import { commitWithLast, sendTogether } from '../transactions.ts';
import { claimMessage, type Claim } from './claim-message.ts';

/** What lets the first step of a new shipment follow in the process that created it. */
export interface FirstStep {
  chain: Chain;
  leaseMs: number;
}

/** Whether the first step of a new shipment may follow; then it is reserved until `onClaim`. */
export function isFirstAdmitted(first: FirstStep | undefined, shipment: Shipment): boolean {
  const [step] = nextSteps(shipment.plan);
  return step !== undefined && first?.chain.admit(step, shipment) === true;
}

interface Creating {
  shipment: Shipment;
  /** The last of them inserts the shipment, and returns a row where it does. */
  statements: readonly RawBuilder<unknown>[];
  leaseMs: number;
  /** Whom Okta showed before, and whether that is still so. */
  seen: Claim['seen'];
}

interface Created {
  isCreated: boolean;
  next: StepAttempt | null;
}

/**
 * Creates a shipment and claims its first step, which is admitted, where the relay would start it now: in two messages, of which
 * the second is the claim. Its message stays unpublished: it is due when the lease ends. Until then no relay gives away the tenant's places.
 * @returns whether the shipment was created, and its attempt; null where the step is left to the relay
 */
export function createWithFirstStep(
  ledger: Ledger,
  { shipment, statements, leaseMs, seen }: Creating,
): Promise<Created> {
  const { id, plan } = shipment;
  const [step] = nextSteps(plan);
  return commitWithLast<Created>(ledger.db, async (tx) => {
    const locking = lockingLanes(step === undefined ? { steps: [] } : rivalsOf(step, shipment));
    const sent = await sendTogether(tx, [...statements, locking], () => readingState(2).execute(tx));
    const isCreated = sent.before[statements.length - 1]?.length === 1;
    const isClaimed = isCreated && step !== undefined && mayStart(ledger, shipment, stateOf(ledger, sent.rows));
    if (!isClaimed) return async () => ({ isCreated, next: null });
    const claim = { step, shipmentId: id, dispatchId: null, leaseMs, known: shipment, seen };
    return async (last) => ({ isCreated, next: await claimMessage(ledger, last, claim) });
  });
}

/**
 * Whether the tenant has a place for the step at each service that it may call, its rate limits have calls left, and no
 * message that is as urgent waits for these services.
 */
function mayStart(ledger: Ledger, { id, tenant }: Shipment, state: ReturnType<typeof stateOf>): boolean {
  if (state.due.some(({ subjectId }) => subjectId !== id)) return false;
  return admit({ ...state, share: ledger.rateLimitShare(tenant) }, slotsOf).admitted.length > 0;
}

/** The messages that come before that of this step, or in turn with it, and itself. */
function rivalsOf(step: StepName, shipment: Shipment): Parameters<typeof lockingLanes>[0] {
  const { services } = callsOf(step);
  const steps = knownSteps.filter((rival) => callsOf(rival).services.some((service) => services.includes(service)));
  return { steps, of: { tenant: shipment.tenant, priority: priorityOfMessage(shipment, step) } };
}
