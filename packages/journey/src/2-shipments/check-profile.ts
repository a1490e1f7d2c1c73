import type { Decision } from '../change.ts';
import type { AddressVerdict, Context, OktaUser, Visit } from '../context.ts';
import { holdFor } from '../hold.ts';
import { isSameLabel } from '../label.ts';
import { done, later, stop, type Outcome } from '../outcome.ts';
import { isOwed } from '../plan.ts';
import { overridableFields, type HoldCode, type Problem, type Shipment, type SourcedProfile } from '../shipment.ts';
import type { Product } from '../tenant.ts';
import { isActiveStatus, isNewStatus } from '../user-status.ts';
import { cancelDuplicate } from './cancel-duplicate.ts';

/**
 * Reads the person fresh from Okta, makes sure that the request still stands and that a parcel can reach them, and
 * freezes what it found: nothing unshippable goes on to be enrolled or ordered (invariant 3).
 */
export async function checkProfile(context: Context, { shipment }: Visit): Promise<Outcome> {
  const { tenant } = shipment;
  const user = await context.okta.readUser(tenant, shipment.user.id ?? shipment.secrets.login ?? '');
  if (user === null) return failUserNotFound(context, shipment);
  const resolved = await context.ledger.move(shipment.id, (current) => resolveUser(current, user));
  if (resolved.outcome === 'duplicate') return cancelDuplicate(context, shipment, resolved.of);
  // The other shipment of this person ended while the ledger was looking at it.
  if (resolved.shipment.user.id !== user.id) return later(1_000, 'the person is resolved again');
  if (!isActiveStatus(user.status))
    return hold(context, shipment, 'user_not_active', [{ field: 'status', code: 'not_active' }]);
  if (!isAllowed(context.tenant(tenant).products, shipment.product))
    return hold(context, shipment, 'product_not_allowed', [{ field: 'productId', code: 'not_in_the_tenants_list' }]);
  if (shipment.groupId !== null && !(await context.okta.isMember(tenant, shipment.groupId, user.id)))
    return leaveWithTheGroup(context, shipment);
  const verdict = context.checkAddress(withOverrides(user.profile, shipment), { isNewUser: isNewStatus(user.status) });
  return freeze(context, shipment, verdict);
}

export function isAllowed(products: readonly Product[], wanted: Product): boolean {
  return products.some(
    (product) =>
      product.productId === wanted.productId &&
      product.inventoryProductId === wanted.inventoryProductId &&
      product.customizationId === wanted.customizationId,
  );
}

function resolveUser(current: Shipment, user: OktaUser): Decision | null {
  if (!isOwed(current.plan, 'check-profile')) return null;
  if (current.user.id === user.id && current.secrets.login === user.login) return null;
  return {
    change: { user: { id: user.id }, secrets: { login: user.login } },
    note: { event: 'user.resolved', detail: { userId: user.id } },
  };
}

/** Okta's values, with the request's own for the attributes that may be overridden; never an address that a PIN goes to. */
function withOverrides(profile: SourcedProfile, shipment: Shipment): SourcedProfile {
  const overrides = overridableFields.flatMap((field) => {
    const value = shipment.secrets.overrides?.[field];
    return value === undefined ? [] : [[field, { value, source: 'override' }] as const];
  });
  return { ...profile, ...Object.fromEntries(overrides) };
}

async function freeze(context: Context, shipment: Shipment, verdict: AddressVerdict): Promise<Outcome> {
  if (verdict.outcome === 'problems') return hold(context, shipment, 'profile_problems', verdict.problems);
  const { profile } = verdict;
  return settleCheck(context, shipment, ({ plan, liftedHold, secrets }) => {
    if (liftedHold?.code === 'order_refused' && secrets.profile !== undefined && isSameLabel(secrets.profile, profile))
      return {
        change: { hold: liftedHold, liftedHold: null },
        note: { event: 'shipment.held', detail: { code: liftedHold.code } },
      };
    const normalised = profile.normalisations.map(({ field }) => field).join(' ') || null;
    return {
      change: {
        profileChecked: true,
        liftedHold: null,
        secrets: { profile },
        ...(plan.order === 'requested' ? { order: 'ready' as const } : {}),
      },
      note: { event: 'profile.checked', detail: { normalised } },
    };
  });
}

/** Writes what the check found, unless the shipment was checked, held or ended by somebody else meanwhile. */
async function settleCheck(
  context: Context,
  shipment: Shipment,
  decide: (current: Shipment) => Decision,
): Promise<Outcome> {
  const moved = await context.ledger.move(shipment.id, (current) =>
    isOwed(current.plan, 'check-profile') ? decide(current) : null,
  );
  const { hold: held, failure } = moved.shipment;
  if (failure !== null) return stop(failure.code);
  return held === null ? done() : stop(`held: ${held.code}`);
}

function hold(context: Context, shipment: Shipment, code: HoldCode, problems: readonly Problem[]): Promise<Outcome> {
  return settleCheck(context, shipment, (current) =>
    holdFor(current, code, { now: context.now(), problems, change: { liftedHold: null } }),
  );
}

function failUserNotFound(context: Context, shipment: Shipment): Promise<Outcome> {
  const problems = [{ field: 'user', code: 'user_not_found' }];
  return settleCheck(context, shipment, (current) => {
    if (current.plan.order !== 'requested')
      return holdFor(current, 'user_not_active', { now: context.now(), problems, change: { liftedHold: null } });
    return {
      change: { order: 'failed', failure: { code: 'user_not_found', problems } },
      note: { event: 'shipment.failed', detail: { code: 'user_not_found' } },
    };
  });
}

async function leaveWithTheGroup(context: Context, shipment: Shipment): Promise<Outcome> {
  const problems = [{ field: 'groupId', code: 'not_a_member' }];
  const outcome = await settleCheck(context, shipment, (current) => {
    // Something is enrolled already: undoing that is a person's decision.
    if (current.plan.order === 'enrolled')
      return holdFor(current, 'left_group', { now: context.now(), problems, change: { liftedHold: null } });
    return {
      change: { order: 'cancelled' },
      note: { event: 'shipment.cancelled', detail: { reason: 'no longer in the group' } },
    };
  });
  return outcome.outcome === 'done' ? done('no longer in the group') : outcome;
}
