import type { AddressVerdict, Context, OktaUser, Visit } from '../context.ts';
import { holdFor } from '../hold.ts';
import { done, stop, type Outcome } from '../outcome.ts';
import { overridableFields, type CheckedProfile, type HoldCode, type Problem, type Shipment, type SourcedProfile } from '../shipment.ts';
import type { Product } from '../tenant.ts';
import { isActiveStatus, isNewStatus } from '../user-status.ts';

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
  if (!isActiveStatus(user.status)) return hold(context, shipment, 'user_not_active', [{ field: 'status', code: 'not_active' }]);
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

function resolveUser(current: Shipment, user: OktaUser): ReturnType<Parameters<Context['ledger']['move']>[1]> {
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
  const now = context.now();
  if (verdict.outcome === 'problems') return hold(context, shipment, 'profile_problems', verdict.problems);
  const { profile } = verdict;
  const moved = await context.ledger.move(shipment.id, (current) => {
    if (current.plan.profileChecked || current.hold !== null) return null;
    if (current.liftedHold?.code === 'order_refused' && shipsAlike(current.secrets.profile, profile))
      return holdFor(current, 'order_refused', { now, problems: current.liftedHold.problems, change: { liftedHold: null } });
    return {
      change: {
        profileChecked: true,
        liftedHold: null,
        secrets: { profile },
        ...(current.plan.order === 'requested' ? { order: 'ready' as const } : {}),
      },
      note: { event: 'profile.checked', detail: { normalised: profile.normalisations.map(({ field }) => field).join(' ') || null } },
    };
  });
  return moved.shipment.hold === null ? done() : stop(`held: ${moved.shipment.hold.code}`);
}

/** Whether the provider would get the same label: what it refused once, it would refuse again. */
function shipsAlike(before: CheckedProfile | undefined, after: CheckedProfile): boolean {
  if (before === undefined) return false;
  const label = ({ sources: _, normalisations: __, ...rest }: CheckedProfile): string => JSON.stringify(rest);
  return label(before) === label(after);
}

async function hold(
  context: Context,
  shipment: Shipment,
  code: HoldCode,
  problems: readonly Problem[],
): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) =>
    current.plan.profileChecked ? null : holdFor(current, code, { now: context.now(), problems, change: { liftedHold: null } }),
  );
  return stop(`held: ${code}`);
}

async function failUserNotFound(context: Context, shipment: Shipment): Promise<Outcome> {
  const problems = [{ field: 'user', code: 'user_not_found' }];
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'requested') return holdFor(current, 'user_not_active', { now: context.now(), problems });
    return { change: { order: 'failed', failure: { code: 'user_not_found', problems } }, note: { event: 'shipment.failed', detail: { code: 'user_not_found' } } };
  });
  return stop('user_not_found');
}

async function cancelDuplicate(context: Context, shipment: Shipment, of: string): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'requested') return null;
    return { change: { order: 'cancelled', duplicateOf: of }, note: { event: 'shipment.cancelled', detail: { duplicate_of: of } } };
  });
  return done('duplicate_of');
}

async function leaveWithTheGroup(context: Context, shipment: Shipment): Promise<Outcome> {
  const problems = [{ field: 'groupId', code: 'not_a_member' }];
  const moved = await context.ledger.move(shipment.id, (current) => {
    // Something is enrolled already: undoing that is a person's decision.
    if (current.plan.order === 'enrolled') return holdFor(current, 'left_group', { now: context.now(), problems });
    return { change: { order: 'cancelled' }, note: { event: 'shipment.cancelled', detail: { reason: 'no longer in the group' } } };
  });
  return moved.shipment.hold === null ? done('no longer in the group') : stop('held: left_group');
}
