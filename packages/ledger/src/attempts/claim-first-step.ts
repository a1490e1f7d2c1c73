import { nextSteps, type StepName } from '@keycourier/journey/model/plan';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Chain, StepAttempt } from '@keycourier/journey/ports/ledger';
import { callsOf } from '@keycourier/journey/steps/calls';
import { knownSteps } from '@keycourier/journey/steps/steps';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { priorities, priorityOfMessage } from '../outbox/add-messages.ts';
import { admit } from '../outbox/admit.ts';
import { slotsOf } from '../outbox/pace.ts';
import { lockTenantsOutbox, readState } from '../outbox/read-state.ts';
import { claimMessage } from './claim-message.ts';

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

/**
 * Claims the first step of a shipment that this transaction has created, which is admitted, where the relay would start
 * it now. Its message stays unpublished: it is due when the lease ends.
 * @returns null where the step is left to the relay
 */
export async function claimFirstStep(
  ledger: Ledger,
  tx: Tx,
  { shipment, leaseMs }: { shipment: Shipment; leaseMs: number },
): Promise<StepAttempt | null> {
  const [step] = nextSteps(shipment.plan);
  if (step === undefined || !(await mayStart(ledger, tx, { step, shipment }))) return null;
  const claim = { step, shipmentId: shipment.id, dispatchId: null, leaseMs, known: shipment };
  return claimMessage(ledger, tx, claim);
}

/**
 * Whether the tenant has a place for the step at each service that it may call, its rate limits have calls left, and no
 * message that is as urgent waits for these services. Until the transaction ends, no relay gives away the tenant's places.
 */
async function mayStart(
  ledger: Ledger,
  tx: Tx,
  { step, shipment }: { step: StepName; shipment: Shipment },
): Promise<boolean> {
  const { id, tenant } = shipment;
  await lockTenantsOutbox(tx, tenant, lanesBefore(step, priorityOfMessage(shipment, step)));
  const { lanes, ...state } = await readState(ledger, tx, 2);
  if (lanes.length === 0) return false;
  if (state.due.some(({ subjectId }) => subjectId !== id)) return false;
  return admit({ ...state, share: ledger.rateLimitShare(tenant) }, slotsOf).admitted.length > 0;
}

/** The messages that come before one of this step and priority, or in turn with it. */
function lanesBefore(step: StepName, priority: number): { step: string; priority: number }[] {
  const { services } = callsOf(step);
  const rivals = knownSteps.filter((rival) => callsOf(rival).services.some((service) => services.includes(service)));
  const urgent = Object.values(priorities).filter((one) => one <= priority);
  return rivals.flatMap((rival) => urgent.map((one) => ({ step: rival, priority: one })));
}
