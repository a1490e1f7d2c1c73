import type { Context, Enrollment } from '../context.ts';
import { OutsideError } from '../errors.ts';
import { holdFor, orRefusal, problemsFrom } from '../hold.ts';
import { done, later, stop, type Outcome } from '../outcome.ts';
import { isOwed } from '../plan.ts';
import type { Problem, Shipment } from '../shipment.ts';
import { stillStands } from './still-stands.ts';

/** Two clocks: Okta's may be a little behind ours. */
const slackMs = 60_000;

/**
 * What an unanswered enroll call left behind is deleted: its envelopes are lost with the answer.
 * @returns how the visit ends; null when the way is clear for a fresh enrollment
 */
export async function cleanUpEnrollment(context: Context, shipment: Shipment): Promise<Outcome | null> {
  const { tenant, intents } = shipment;
  const intendedMs = intents.enroll === undefined ? context.now().getTime() : Date.parse(intents.enroll.at);
  const listed = await orRefusal(() => context.okta.listEnrollments(tenant, shipment.user.id ?? ''));
  if (listed instanceof OutsideError) return holdUnclear(context, shipment, problemsFrom(listed));
  const ours = listed.filter((enrollment) => isOfIntent(enrollment, intents.enroll, intendedMs));
  const leftMs = intendedMs + context.tenant(tenant).settleMs - context.now().getTime();
  if (ours.length === 0 && leftMs > 0) return later(leftMs, 'waiting whether the unanswered enrollment appears');
  if (ours.length > 1)
    return holdUnclear(context, shipment, [{ field: 'enrollment', code: 'more_than_one_since_our_call' }]);
  const isStill = ({ plan, intents: now }: Shipment): boolean =>
    isOwed(plan, 'enroll-credential') && now.enroll?.at === intents.enroll?.at;
  if (!(await stillStands(context, shipment.id, isStill))) return done('no longer to be enrolled');
  for (const { id } of ours) await deleteOurEnrollment(context, shipment, id);
  return null;
}

/** Deletes an enrollment that our own call made. One that Okta will not delete stays pending and can never become active. */
export async function deleteOurEnrollment(context: Context, shipment: Shipment, enrollmentId: string): Promise<void> {
  const { id, tenant, user } = shipment;
  const refusal = await orRefusal(() => context.okta.deleteEnrollment(tenant, user.id ?? '', enrollmentId));
  if (refusal instanceof OutsideError && refusal.fault !== 'not_found')
    context.alarm('enrollment_not_deleted', { shipment: id, enrollment: enrollmentId, status: refusal.status });
}

function isOfIntent(
  { id, status, createdAt }: Enrollment,
  intent: Shipment['intents']['enroll'],
  intendedMs: number,
): boolean {
  if (status !== 'FULFILLMENT_PENDING' || intent === undefined || intent.knownEnrollmentIds.includes(id)) return false;
  return createdAt === null || createdAt.getTime() >= intendedMs - slackMs;
}

async function holdUnclear(context: Context, shipment: Shipment, problems: readonly Problem[]): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) =>
    isOwed(current.plan, 'enroll-credential')
      ? holdFor(current, 'enrollment_unclear', { now: context.now(), problems })
      : null,
  );
  return stop('held: enrollment_unclear');
}
