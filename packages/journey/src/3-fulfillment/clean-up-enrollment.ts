import type { Problem, Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { Enrollment } from '../ports/identity.ts';
import { orRefusal, problemsFrom } from '../steps/hold.ts';
import { stillStands } from './still-stands.ts';

/** Two clocks: Okta's may be a little behind ours. */
const slackMs = 60_000;

export type CleanUp =
  | { outcome: 'clear' }
  /** What the unanswered call made may still appear. */
  | { outcome: 'wait'; afterMs: number }
  /** Somebody else went on from here meanwhile. */
  | { outcome: 'overtaken' }
  /** Okta does not show which one is ours. */
  | { outcome: 'unclear'; problems: readonly Problem[] };

/**
 * What an unanswered enroll call left behind is deleted: its envelopes are lost with the answer. `isStill` says whether
 * the shipment is as this visit found it, and is asked again before anything is taken away. `patience` is for how many
 * times the tenant's `reconcileAfterMs` an enrollment is waited for.
 */
export async function cleanUpEnrollment(
  context: Context,
  shipment: Shipment,
  { isStill, patience }: { isStill: (current: Shipment) => boolean; patience: number },
): Promise<CleanUp> {
  const { tenant } = shipment;
  const { enroll: intent } = shipment.intents;
  if (intent === undefined) return { outcome: 'clear' };
  const listed = await orRefusal(() => context.identity.listEnrollments(tenant, shipment.user.id ?? ''));
  if (listed instanceof ConnectorError) return { outcome: 'unclear', problems: problemsFrom(listed) };
  const ours = listed.filter((enrollment) => isOfIntent(enrollment, intent));
  const leftMs = Date.parse(intent.at) + patience * context.tenant(tenant).reconcileAfterMs - context.now().getTime();
  if (ours.length === 0 && leftMs > 0) return { outcome: 'wait', afterMs: leftMs };
  if (ours.length > 1)
    return { outcome: 'unclear', problems: [{ field: 'enrollment', code: 'more_than_one_since_our_call' }] };
  const isStillOurs = (current: Shipment): boolean => isStill(current) && current.intents.enroll?.at === intent.at;
  if (!(await stillStands(context, shipment.id, isStillOurs))) return { outcome: 'overtaken' };
  for (const { id } of ours) await deleteOurEnrollment(context, shipment, id);
  return { outcome: 'clear' };
}

/** Deletes an enrollment that our own call made. One that Okta will not delete stays pending and can never become active. */
export async function deleteOurEnrollment(context: Context, shipment: Shipment, enrollmentId: string): Promise<void> {
  const { id, tenant, user } = shipment;
  const refusal = await orRefusal(() => context.identity.deleteEnrollment(tenant, user.id ?? '', enrollmentId));
  if (refusal instanceof ConnectorError && refusal.fault !== 'not_found')
    context.alarm('enrollment_not_deleted', { shipment: id, enrollment: enrollmentId, status: refusal.status });
}

function isOfIntent(
  { id, status, createdAt }: Enrollment,
  { at, knownEnrollmentIds }: NonNullable<Shipment['intents']['enroll']>,
): boolean {
  if (status !== 'pending' || knownEnrollmentIds.includes(id)) return false;
  return createdAt === null || createdAt.getTime() >= Date.parse(at) - slackMs;
}
