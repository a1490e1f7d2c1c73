import type { Context, Enrollment, TransportKey, Visit } from '../context.ts';
import { OutsideError } from '../errors.ts';
import { holdFor, isUndecided, orRefusal, problemsFrom } from '../hold.ts';
import { done, later, stop, type Outcome } from '../outcome.ts';
import type { Shipment } from '../shipment.ts';

/**
 * Enrolls a credential for the key at Okta. The intent, with the enrollments that Okta knew before, is committed first;
 * after a crash or a lost answer the list tells what our own call made, and that, and only that, is cleaned up.
 */
export async function enrollCredential(context: Context, visit: Visit): Promise<Outcome> {
  const { shipment } = visit;
  if (shipment.plan.order === 'enrolling') {
    const cleaned = await cleanUpAfterLostAnswer(context, shipment);
    if (cleaned !== null) return cleaned;
  }
  return enrollAfresh(context, shipment);
}

async function enrollAfresh(context: Context, shipment: Shipment): Promise<Outcome> {
  const { tenant } = shipment;
  const userId = shipment.user.id ?? '';
  const transportKey = await context.fulfillment.transportKey(tenant);
  const known = await context.okta.listEnrollments(tenant, userId);
  const at = context.now().toISOString();
  const intended = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'ready' && current.plan.order !== 'enrolling') return null;
    return {
      change: { order: 'enrolling', intents: { enroll: { at, knownEnrollmentIds: known.map(({ id }) => id) } } },
      note: { event: 'enrollment.intended' },
    };
  });
  if (intended.outcome !== 'moved') return done('no longer to be enrolled');
  return callEnroll(context, shipment, { userId, transportKey });
}

async function callEnroll(
  context: Context,
  shipment: Shipment,
  request: { userId: string; transportKey: TransportKey },
): Promise<Outcome> {
  let answer;
  try {
    answer = await orRefusal(() => context.okta.enroll(shipment.tenant, request));
  } catch (error) {
    // It had no effect: take the intent back, so that the next visit need not look.
    if (error instanceof OutsideError && !isUndecided(error)) await takeBack(context, shipment);
    throw error;
  }
  if (answer instanceof OutsideError) return holdRefused(context, shipment, answer);
  const { enrollmentId, keyId, ...requestEnvelopes } = answer;
  const moved = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'enrolling') return null;
    return {
      change: { order: 'enrolled', credential: 'pending', credentialDetails: { enrollmentId, keyId }, secrets: { requestEnvelopes } },
      note: { event: 'credential.enrolled', detail: { enrollmentId } },
    };
  });
  return moved.outcome === 'moved' ? done() : later(1_000, 'the shipment moved while it was enrolled');
}

async function takeBack(context: Context, shipment: Shipment): Promise<void> {
  await context.ledger.move(shipment.id, (current) =>
    current.plan.order === 'enrolling' ? { change: { order: 'ready' }, note: { event: 'enrollment.not_sent' } } : null,
  );
}

async function holdRefused(context: Context, shipment: Shipment, error: OutsideError): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) =>
    holdFor(current, 'enrollment_refused', { now: context.now(), problems: problemsFrom(error), change: { order: 'ready' } }),
  );
  return stop('held: enrollment_refused');
}

/**
 * What an unanswered enroll call left behind is deleted: its envelopes are lost with the answer.
 * @returns how the visit ends; null when the way is clear for a fresh enrollment
 */
async function cleanUpAfterLostAnswer(context: Context, shipment: Shipment): Promise<Outcome | null> {
  const { tenant } = shipment;
  const userId = shipment.user.id ?? '';
  const intent = shipment.intents.enroll;
  const intendedAt = intent === undefined ? context.now().getTime() : Date.parse(intent.at);
  const settlesAt = intendedAt + context.tenant(tenant).settleMs;
  const ours = (await context.okta.listEnrollments(tenant, userId)).filter((enrollment) => isOfIntent(enrollment, intent, intendedAt));
  if (ours.length === 0 && context.now().getTime() < settlesAt)
    return later(settlesAt - context.now().getTime(), 'waiting whether the unanswered enrollment appears');
  if (ours.length > 1) {
    const problems = [{ field: 'enrollment', code: 'more_than_one_since_our_call' }];
    await context.ledger.move(shipment.id, (current) => holdFor(current, 'enrollment_unclear', { now: context.now(), problems }));
    return stop('held: enrollment_unclear');
  }
  for (const { id } of ours) await orRefusal(() => context.okta.deleteEnrollment(tenant, userId, id));
  return null;
}

function isOfIntent({ id, status, createdAt }: Enrollment, intent: Shipment['intents']['enroll'], intendedAt: number): boolean {
  if (status !== 'FULFILLMENT_PENDING' || intent === undefined || intent.knownEnrollmentIds.includes(id)) return false;
  // Two clocks: Okta's may be a little behind ours.
  return createdAt === null || createdAt.getTime() >= intendedAt - 60_000;
}
