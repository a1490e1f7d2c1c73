import type { Decision } from '../model/change.ts';
import { isComparable } from '../model/holds.ts';
import { needsNoOperator } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import { isActive } from '../ports/identity.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { readProfile } from '../profile/source-profile.ts';
import { orRefusal } from '../steps/hold.ts';
import { followProfile, giveUpChange } from './follow-profile.ts';

/**
 * After a poll of a placed order: reads the user's profile again where a change was reported, where one may have been missed, or
 * when the provider has just locked the order, to compare it with what was ordered.
 * @returns what it means for the shipment; null where there is nothing to compare
 */
export async function compareProfile(
  context: Context,
  attempt: StepAttempt,
  polled: Shipment,
): Promise<((current: Shipment) => Decision | null) | null> {
  if (giveUpChange(polled) !== null) return giveUpChange;
  if (!isDue(context, attempt, polled)) return null;
  if (attempt.flowsOff.includes('profile-recheck')) return null;
  const sourced = await readUsersProfile(context, polled);
  if (sourced === null) return null;
  const wasReported = polled.order.profileChanged === true;
  const at = { checkAddress: context.checkAddress, now: context.now(), wasReported };
  return (current) => followProfile(current, sourced, at);
}

/** An event, the lock that ends all changes, and the polls at which a change is looked for that neither showed. */
function isDue(context: Context, { shipment: before, number: poll }: StepAttempt, polled: Shipment): boolean {
  const { plan, hold, order, tenant, secrets } = polled;
  // Without `known` (frozen by an earlier version) a change cannot be distinguished from a correction.
  if (plan.order !== 'placed' || !isComparable(hold) || needsNoOperator(plan) || secrets.known === undefined)
    return false;
  if (order.profileChanged === true || (order.isLocked && !before.order.isLocked)) return true;
  const { everyMs, profileEveryMs } = context.tenant(tenant).polling;
  const pollsBetween = Math.max(1, Math.ceil(profileEveryMs / everyMs));
  return !order.isLocked && (poll <= firstPolls || poll % pollsBetween === 0);
}

/** The first attempt ends before the first poll is due. */
const firstPolls = 2;

/** Null for a user who is gone, whom events of their own offboard, and where Okta refuses to show this one. */
async function readUsersProfile(context: Context, { tenant, user: { id } }: Shipment) {
  if (id === null) return null;
  const user = await orRefusal(() => context.identity.readUser(tenant, id));
  if (user === null || user instanceof ConnectorError || !isActive(user)) return null;
  const profile = await orRefusal(() => readProfile(context, { tenant, user }));
  return profile instanceof ConnectorError ? null : profile;
}
