import type { Decision } from '../model/change.ts';
import { keyHolderOf } from '../model/key-holder.ts';
import { isNext } from '../model/plan.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { TransportKey } from '../ports/fulfillment.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { holdFor, isUndecided, orRefusal, problemsFrom } from '../steps/hold.ts';
import { done, lastMove, later, stop, type Outcome, type StepEnd } from '../steps/outcome.ts';
import { cleanUpEnrollment, deleteOurEnrollment } from './clean-up-enrollment.ts';

/**
 * Enrolls a credential for the key at Okta. The intent, with the enrollments that Okta had before, is committed first;
 * after a crash or a lost response the list shows what our own call created, and only that is deleted.
 */
export async function enrollCredential(context: Context, attempt: StepAttempt): Promise<StepEnd> {
  const { shipment } = attempt;
  if (shipment.plan.order !== 'enrolling') return enrollAfresh(context, shipment);
  const isStill = ({ plan }: Shipment): boolean => isNext(plan, 'enroll-credential');
  const cleanUp = await cleanUpEnrollment(context, shipment, { isStill, patience: 1 });
  switch (cleanUp.outcome) {
    case 'clear':
      return enrollAfresh(context, shipment);
    case 'wait':
      return later(cleanUp.afterMs, 'waiting whether the unanswered enrollment appears');
    case 'overtaken':
      return done('no longer to be enrolled');
    case 'unclear':
      return holdUnclear(context, cleanUp.problems);
  }
}

const holdUnclear = (context: Context, problems: readonly Problem[]): StepEnd =>
  lastMove(
    (current) =>
      isNext(current.plan, 'enroll-credential')
        ? holdFor(current, 'enrollment_unclear', { now: context.now(), problems })
        : null,
    () => stop('held: enrollment_unclear'),
  );

async function enrollAfresh(context: Context, shipment: Shipment): Promise<StepEnd> {
  const { org, userId } = keyHolderOf(shipment);
  const transportKey = await context.fulfillment.transportKey(shipment.tenant);
  const known = await orRefusal(() => context.identity.listEnrollments(org, userId));
  if (known instanceof ConnectorError)
    return holdRefused(context, { error: known, isStill: ({ plan }) => isNext(plan, 'enroll-credential') });
  const at = context.now().toISOString();
  const intended = await context.ledger.move(shipment.id, (current) => {
    if (!isNext(current.plan, 'enroll-credential')) return null;
    return {
      change: {
        order: 'enrolling',
        intents: { enroll: { at, knownEnrollmentIds: known.map(({ id }) => id) } },
      },
      note: { event: 'enrollment.intended', detail: { userId } },
    };
  });
  if (intended.outcome !== 'moved') return done('no longer to be enrolled');
  return callEnroll(context, shipment, { org, userId, transportKey, at });
}

async function callEnroll(
  context: Context,
  shipment: Shipment,
  { at, org, ...request }: { org: string; userId: string; transportKey: TransportKey; at: string },
): Promise<StepEnd> {
  // A later attempt, started after this one's lease expired, may have cleaned up and committed a new intent.
  const isStill = ({ plan, intents }: Shipment): boolean => plan.order === 'enrolling' && intents.enroll?.at === at;
  const ifStill = (decide: (current: Shipment) => Decision) => (current: Shipment) =>
    isStill(current) ? decide(current) : null;
  let response;
  try {
    response = await orRefusal(() => context.identity.enroll(org, request));
  } catch (error) {
    // It had no effect: undo the intent, so that the next attempt need not reconcile.
    if (error instanceof ConnectorError && !isUndecided(error))
      await context.ledger.move(
        shipment.id,
        ifStill(() => ({ change: { order: 'ready' }, note: { event: 'enrollment.not_sent' } })),
      );
    throw error;
  }
  if (response instanceof ConnectorError) return holdRefused(context, { error: response, isStill });
  const { enrollmentId, keyId, ...requestEnvelopes } = response;
  const enrolled: Decision = {
    change: {
      order: 'enrolled',
      credential: 'pending',
      credentialDetails: { enrollmentId, keyId },
      secrets: { requestEnvelopes },
    },
    note: { event: 'credential.enrolled', detail: { enrollmentId } },
  };
  return lastMove(
    ifStill(() => enrolled),
    ({ outcome }) => (outcome === 'moved' ? done() : () => takeBack(context, shipment, enrollmentId)),
  );
}

async function takeBack(context: Context, shipment: Shipment, enrollmentId: string): Promise<Outcome> {
  await deleteOurEnrollment(context, shipment, enrollmentId);
  return later(1_000, 'the shipment changed while it was enrolled');
}

const holdRefused = (
  context: Context,
  { error, isStill }: { error: ConnectorError; isStill: (current: Shipment) => boolean },
): StepEnd =>
  lastMove(
    (current) =>
      isStill(current)
        ? holdFor(current, 'enrollment_refused', {
            now: context.now(),
            problems: problemsFrom(error),
            change: { order: 'ready' },
          })
        : null,
    () => stop('held: enrollment_refused'),
  );
