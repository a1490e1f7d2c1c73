import type { Change, Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import { isNext } from '../model/plan.ts';
import { overridableFields, type CheckedProfile, type SourcedProfile, type Suggestion } from '../model/profile.ts';
import { requestCancel } from '../model/request-cancel.ts';
import { justSeen } from '../model/seen-user.ts';
import type { Problem, Shipment, SourcedForCheck } from '../model/shipment.ts';
import { suspension } from '../model/suspend.ts';
import type { Product } from '../model/tenant.ts';
import type { Context } from '../ports/context.ts';
import { isActive, type IdentityUser } from '../ports/identity.ts';
import type { Moved, StepAttempt } from '../ports/ledger.ts';
import { isSameLabel } from '../profile/label.ts';
import { replacedBy, override, type Overridden } from '../profile/override-profile.ts';
import { readProfile } from '../profile/source-profile.ts';
import { holdFor } from '../steps/hold.ts';
import { findRecipient, inactiveSince } from '../steps/inactive-since.ts';
import { done, lastMove, later, stop, type LastMove, type Outcome, type StepEnd } from '../steps/outcome.ts';
import { cancelDuplicate } from './cancel-duplicate.ts';
import { findHolder } from './find-hub-user.ts';

/**
 * Reads the user from Okta, unless the event has a moment ago, and the profile from its sources, checks that the request is still valid and the address
 * shippable, and freezes the profile: nothing unshippable is enrolled or ordered (invariant 3).
 */
export async function checkProfile(context: Context, attempt: StepAttempt): Promise<StepEnd> {
  const { shipment } = attempt;
  const { tenant } = shipment;
  if (await isPushed(context, shipment)) return later(stillPushedAfterMs, 'the person is pushed to the hub');
  // A shipment whose login was erased before it was resolved cannot be looked up.
  const idOrLogin = shipment.user.id ?? shipment.secrets.login;
  const seen = justSeen(attempt, context.now());
  const user = idOrLogin === undefined ? null : (seen?.user ?? (await context.identity.readUser(tenant, idOrLogin)));
  if (user === null) return failUserNotFound(context, shipment);
  const resolved = await resolve(context, shipment, user);
  if (resolved.outcome === 'duplicate') return cancelDuplicate(context, shipment, resolved.of);
  // The other shipment of this user ended while the ledger looked at it.
  if (resolved.shipment.user.id !== user.id) return later(1_000, 'the user is resolved again');
  const refusal = refusalOf(context, shipment, user);
  if (refusal !== null) return hold(context, shipment, refusal);
  const person = await findRecipient(context, attempt, resolved.shipment);
  const since = inactiveSince(person, resolved.shipment);
  if (since !== null) return saveCheck(shipment, () => suspension({ since, by: null }));
  if (!(await isMember(context, resolved.shipment, person?.id ?? null))) return cancelLeaver(context, attempt);
  const holder = await findHolder(context, resolved.shipment, user);
  if (holder.outcome === 'pending') return later(pushedAfterMs, 'the person is pushed to the hub');
  if (holder.outcome === 'missing')
    return hold(context, shipment, { code: 'hub_person_missing', problem: holder.problem });
  const read = await readSources(context, shipment, holder.user);
  const enabledCountries = await context.fulfillment.enabledCountries(tenant);
  const about = { isNewUser: user.status === 'new', enabledCountries };
  const sourced = { profile: read.sourced, ...about };
  const verdict = context.checkAddress(read.profile, about);
  if (verdict.outcome === 'problems') return holdProblems(context, shipment, { ...verdict, read, sourced });
  const opinion = await context.fulfillment.validateAddress(tenant, verdict.profile);
  if (opinion === 'undeliverable')
    return holdProblems(context, shipment, {
      read,
      sourced,
      problems: [{ field: 'streetAddress', code: 'undeliverable' }],
      suggestion: {},
    });
  return freeze(shipment, { checked: verdict.profile, hubUser: holder.hubUser, ...read });
}

function refusalOf(
  context: Context,
  { tenant, product }: Shipment,
  user: IdentityUser,
): { code: HoldCode; problem: Problem } | null {
  if (!isActive(user)) return { code: 'user_not_active', problem: { field: 'status', code: 'not_active' } };
  if (isAllowed(context.tenant(tenant).products, product)) return null;
  return { code: 'product_not_allowed', problem: { field: 'productId', code: 'not_in_the_tenants_list' } };
}

/** Until a push has ended, an attempt that knows whom to wait for asks no service; the end of the push makes it due. */
const pushedAfterMs = 2_000;
/** Where that end came between the attempt's look and its own end. */
const stillPushedAfterMs = 30_000;

async function isPushed(context: Context, { tenant, user, hubUser, plan }: Shipment): Promise<boolean> {
  if (context.tenant(tenant).keysIn !== 'hub' || user.id === null || hubUser !== null || plan.dryRun) return false;
  return (await context.hubKeys.findPerson(tenant, user.id)).outcome === 'pending';
}

/** Whether the membership that caused the request still is, where one did. */
async function isMember(
  context: Context,
  { tenant, trigger, groupId, user }: Shipment,
  personId: string | null,
): Promise<boolean> {
  if (groupId === null) return true;
  if (trigger !== 'scim-group-add') return context.identity.isMember(tenant, groupId, user.id ?? '');
  return personId !== null && (await context.directory.readMembership(tenant, { personId, groupId })) !== null;
}

/** A profile as read for one check, with the overrides applied. */
interface Read extends Overridden {
  sourced: SourcedProfile;
}

async function readSources(context: Context, { tenant, secrets }: Shipment, user: IdentityUser): Promise<Read> {
  const sourced = await readProfile(context, { tenant, user });
  return { sourced, ...override(sourced, secrets.overrides ?? { values: {}, replaced: {} }) };
}

export function isAllowed(products: readonly Product[], wanted: Product): boolean {
  return products.some(
    (product) =>
      product.productId === wanted.productId &&
      product.inventoryProductId === wanted.inventoryProductId &&
      product.customizationId === wanted.customizationId,
  );
}

/** Committed before anything else is read: two shipments may turn out to be of one user. */
async function resolve(context: Context, shipment: Shipment, user: IdentityUser): Promise<Moved> {
  if (resolveUser(shipment, user) === null) return { outcome: 'declined', shipment };
  return context.ledger.move(shipment.id, (current) => resolveUser(current, user));
}

function resolveUser(current: Shipment, user: IdentityUser): Decision | null {
  if (!isNext(current.plan, 'check-profile')) return null;
  if (current.user.id === user.id && current.secrets.login === user.login) return null;
  return {
    change: { user: { id: user.id }, secrets: { login: user.login } },
    note: { event: 'user.resolved', detail: { userId: user.id } },
  };
}

function freeze(
  shipment: Shipment,
  { checked: profile, hubUser, ...read }: Read & { checked: CheckedProfile } & Pick<Shipment, 'hubUser'>,
): LastMove {
  return saveCheck(shipment, ({ plan, liftedHold, secrets }) => {
    if (liftedHold?.code === 'order_refused' && secrets.profile !== undefined && isSameLabel(secrets.profile, profile))
      return {
        change: { hold: liftedHold, liftedHold: null },
        note: { event: 'shipment.held', detail: { code: liftedHold.code } },
      };
    const normalised = profile.normalisations.map(({ field }) => field).join(' ') || null;
    return {
      change: {
        profileChecked: true,
        hubUser,
        liftedHold: null,
        secrets: {
          profile,
          known: replacedBy(read.sourced, overridableFields),
          sourced: null,
          suggestion: null,
          ...overridesKept(shipment, read),
        },
        ...(plan.order === 'requested' ? { order: 'ready' as const } : {}),
      },
      note: { event: 'profile.checked', detail: { normalised, ...lapsedParts(read) } },
    };
  });
}

interface Unshippable {
  read: Read;
  sourced: SourcedForCheck;
  problems: readonly Problem[];
  suggestion: Suggestion;
}

function holdProblems(
  context: Context,
  shipment: Shipment,
  { read, sourced, problems, suggestion: values }: Unshippable,
): LastMove {
  const suggestion =
    Object.keys(values).length === 0 ? null : { values, replaced: replacedBy(read.sourced, Object.keys(values)) };
  const secrets = { sourced, suggestion, ...overridesKept(shipment, read) };
  return saveCheck(shipment, (current) => {
    const held = holdFor(current, 'profile_problems', {
      now: context.now(),
      problems,
      change: { liftedHold: null, secrets },
    });
    return { ...held, note: { ...held.note, detail: { ...held.note.detail, ...lapsedParts(read) } } };
  });
}

/** A shipment without overrides gets no secret for them. */
function overridesKept({ secrets }: Shipment, { overrides }: Read): NonNullable<Change['secrets']> {
  if (secrets.overrides === undefined) return {};
  return { overrides: Object.keys(overrides.values).length === 0 ? null : overrides };
}

const lapsedParts = ({ lapsed }: Read): Readonly<Record<string, string>> =>
  lapsed.length === 0 ? {} : { lapsed: lapsed.join(' ') };

/** Saves the result of the check, unless the shipment was checked, held, corrected or ended meanwhile. */
function saveCheck(shipment: Shipment, decide: (current: Shipment) => Decision, whenDone: Outcome = done()): LastMove {
  const save = (current: Shipment): Decision | null =>
    isNext(current.plan, 'check-profile') && isSameRequest(shipment, current) ? decide(current) : null;
  return lastMove(save, ({ outcome, shipment: { hold: held, failure, plan } }) => {
    if (outcome !== 'moved' && isNext(plan, 'check-profile')) return later(250, 'the request was corrected');
    if (failure !== null) return stop(failure.code);
    return held === null ? whenDone : stop(`held: ${held.code}`);
  });
}

const isSameRequest = (one: Shipment, other: Shipment): boolean =>
  JSON.stringify(one.secrets.overrides) === JSON.stringify(other.secrets.overrides);

function hold(context: Context, shipment: Shipment, { code, problem }: { code: HoldCode; problem: Problem }): LastMove {
  return saveCheck(shipment, (current) =>
    holdFor(current, code, { now: context.now(), problems: [problem], change: { liftedHold: null } }),
  );
}

function failUserNotFound(context: Context, shipment: Shipment): LastMove {
  const problems = [{ field: 'user', code: 'user_not_found' }];
  return saveCheck(shipment, (current) => {
    if (current.plan.order !== 'requested')
      return holdFor(current, 'user_not_active', { now: context.now(), problems, change: { liftedHold: null } });
    return {
      change: { order: 'failed', failure: { code: 'user_not_found', problems } },
      note: { event: 'shipment.failed', detail: { code: 'user_not_found' } },
    };
  });
}

/** A user who left the group gets no key; an enrollment is deleted only where the tenant's flow for leavers is on. */
function cancelLeaver(context: Context, { shipment, flowsOff }: StepAttempt): LastMove {
  const problems = [{ field: 'groupId', code: 'not_a_member' }];
  const cancels = !flowsOff.includes('cancel-leavers');
  const cancel = (current: Shipment): Decision => {
    const result = requestCancel(current);
    if (result.outcome !== 'granted' || (current.plan.order === 'enrolled' && !cancels))
      return holdFor(current, 'left_group', { now: context.now(), problems, change: { liftedHold: null } });
    return {
      ...result.decision,
      note: { event: 'shipment.cancelled', detail: { reason: 'no longer in the group' } },
    };
  };
  return saveCheck(shipment, cancel, done('no longer in the group'));
}
