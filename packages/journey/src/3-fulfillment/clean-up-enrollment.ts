import { keyHolderOf } from '../model/key-holder.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { Enrollment } from '../ports/identity.ts';
import { orRefusal, problemsFrom } from '../steps/hold.ts';

/** Okta's clock may be a little behind ours. */
const slackMs = 60_000;

export type CleanUp =
  | { outcome: 'clear' }
  /** The enrollment of the unanswered call may still appear. */
  | { outcome: 'wait'; afterMs: number }
  /** Another attempt continued from here meanwhile. */
  | { outcome: 'overtaken' }
  /** Okta does not show which one is ours. */
  | { outcome: 'unclear'; problems: readonly Problem[] };

/**
 * Deletes the enrollment of an unanswered enroll call: without the response there are no envelopes to order with.
 * `isStill` is evaluated again before anything is deleted: is the shipment as this attempt found it? `patience` is for
 * how many times the tenant's `reconcileAfterMs` an enrollment may still appear.
 */
export async function cleanUpEnrollment(
  context: Context,
  shipment: Shipment,
  { isStill, patience }: { isStill: (current: Shipment) => boolean; patience: number },
): Promise<CleanUp> {
  const { tenant } = shipment;
  const { org, userId } = keyHolderOf(shipment);
  const { enroll: intent } = shipment.intents;
  if (intent === undefined) return { outcome: 'clear' };
  const listed = await orRefusal(() => context.identity.listEnrollments(org, userId));
  if (listed instanceof ConnectorError) return { outcome: 'unclear', problems: problemsFrom(listed) };
  const ours = listed.filter((enrollment) => isOfIntent(enrollment, intent));
  const leftMs = Date.parse(intent.at) + patience * context.tenant(tenant).reconcileAfterMs - context.now().getTime();
  if (ours.length === 0 && leftMs > 0) return { outcome: 'wait', afterMs: leftMs };
  if (ours.length > 1)
    return { outcome: 'unclear', problems: [{ field: 'enrollment', code: 'more_than_one_since_our_call' }] };
  const isStillOurs = (current: Shipment): boolean => isStill(current) && current.intents.enroll?.at === intent.at;
  // No lock is needed: an intent is committed before its call, so this read sees the intent of any enrollment listed above.
  if (!isStillOurs(await context.ledger.read(shipment.id))) return { outcome: 'overtaken' };
  for (const { id } of ours) await deleteOurEnrollment(context, shipment, id);
  return { outcome: 'clear' };
}

/** Deletes an enrollment that we created. One that Okta refuses to delete stays pending and can never become active. */
export async function deleteOurEnrollment(context: Context, shipment: Shipment, enrollmentId: string): Promise<void> {
  const { org, userId } = keyHolderOf(shipment);
  const refusal = await orRefusal(() => context.identity.deleteEnrollment(org, userId, enrollmentId));
  if (refusal instanceof ConnectorError && refusal.fault !== 'not_found')
    context.alarm('enrollment_not_deleted', {
      shipment: shipment.id,
      enrollment: enrollmentId,
      status: refusal.status,
    });
}

function isOfIntent(
  { id, status, createdAt }: Enrollment,
  { at, knownEnrollmentIds }: NonNullable<Shipment['intents']['enroll']>,
): boolean {
  if (status !== 'pending' || knownEnrollmentIds.includes(id)) return false;
  return createdAt === null || createdAt.getTime() >= Date.parse(at) - slackMs;
}
