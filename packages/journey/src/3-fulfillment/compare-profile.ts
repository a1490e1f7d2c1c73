import type { Decision } from '../model/change.ts';
import { isComparable } from '../model/holds.ts';
import { needsNoOperator } from '../model/plan.ts';
import type { SeenUser } from '../model/seen-user.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import { isActive } from '../ports/identity.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { readProfile } from '../profile/source-profile.ts';
import { orRefusal } from '../steps/hold.ts';
import { followProfile, giveUpChange } from './follow-profile.ts';

interface Compared {
  /** What it means for the shipment; null where there is nothing to compare. */
  decide: ((current: Shipment) => Decision | null) | null;
  /** Null where the user was not read, or is gone. */
  seen: SeenUser | null;
}

const notCompared: Compared = { decide: null, seen: null };

/**
 * After a poll of a placed order: reads the user's profile again where a change was reported, where one may have been missed, or
 * when the provider has just locked the order, to compare it with what was ordered.
 */
export async function compareProfile(context: Context, attempt: StepAttempt, polled: Shipment): Promise<Compared> {
  if (giveUpChange(polled) !== null) return { decide: giveUpChange, seen: null };
  if (!isDue(context, attempt, polled)) return notCompared;
  if (attempt.flowsOff.includes('profile-recheck')) return notCompared;
  const seen = await readUser(context, polled);
  const sourced = seen === null ? null : await readUsersProfile(context, polled, seen);
  if (sourced === null) return { decide: null, seen };
  const wasReported = polled.order.profileChanged === true;
  const at = { checkAddress: context.checkAddress, now: context.now(), wasReported };
  return { decide: (current) => followProfile(current, sourced, at), seen };
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
async function readUser(context: Context, { tenant, user: { id } }: Shipment): Promise<SeenUser | null> {
  if (id === null) return null;
  const at = context.now();
  const user = await orRefusal(() => context.identity.readUser(tenant, id));
  return user === null || user instanceof ConnectorError ? null : { user, at };
}

async function readUsersProfile(context: Context, { tenant }: Shipment, { user }: SeenUser) {
  if (!isActive(user)) return null;
  const profile = await orRefusal(() => readProfile(context, { tenant, user }));
  return profile instanceof ConnectorError ? null : profile;
}
