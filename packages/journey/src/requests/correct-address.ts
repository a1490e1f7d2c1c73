import { isLiftedBy } from '../model/holds.ts';
import { isEnded } from '../model/plan.ts';
import {
  overridableFields,
  type OverridableField,
  type Overrides,
  type Replaced,
  type Suggestion,
  type ConfirmableField,
} from '../model/profile.ts';
import { isLocked } from '../model/request-cancel.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { CheckAddress } from '../ports/address.ts';
import { asSourced } from '../profile/as-sourced.ts';
import { override } from '../profile/override-profile.ts';
import { granted, refused, type ActionResult } from './operator-actions.ts';

/** What an operator decides about a held address: to accept or reject the suggestion, or to enter values. */
export type Correction =
  | { decision: 'accept' | 'reject' }
  | {
      fields: Readonly<Partial<Record<OverridableField, string>>>;
      /** Of these fields, the ones whose value is right although the check does not know it. */
      confirmed?: readonly ConfirmableField[];
    };

/**
 * Corrects a held shipment's address, for this shipment alone and never in Okta. A correction after which the check would hold
 * the shipment again is refused with what is still wrong. Before the order, the profile is read and checked again with it; after, the placed order is edited, until the provider locks it.
 */
export function correct(shipment: Shipment, correction: Correction, checkAddress: CheckAddress): ActionResult {
  const { plan, hold } = shipment;
  if (isLocked(shipment)) return refused('order_locked');
  if (hold === null) return refused(isEnded(plan.order) ? 'shipment_ended' : 'not_held');
  switch (plan.order) {
    case 'requested':
    case 'ready':
    case 'enrolled':
      return correctSources(shipment, correction, checkAddress);
    case 'placed':
      return correctOrder(shipment, correction, checkAddress);
    case 'enrolling':
    case 'placing':
    case 'cancelling':
      return refused('order_under_way');
    case 'closed':
    case 'cancelled':
    case 'failed':
      return refused('shipment_ended');
  }
}

function correctSources({ secrets }: Shipment, correction: Correction, checkAddress: CheckAddress): ActionResult {
  const { suggestion } = secrets;
  const isAccepted = 'decision' in correction && correction.decision === 'accept';
  const fields = fieldsOf(correction, suggestion?.values ?? {});
  if (Object.keys(fields).length === 0) return refused('nothing_suggested');
  const before = secrets.overrides ?? { values: {}, replaced: {} };
  const overrides: Overrides = {
    values: { ...before.values, ...asCorrections(fields, correction) },
    replaced: { ...before.replaced, ...(isAccepted ? suggestion?.replaced : {}) },
  };
  const problems = problemsWith(overrides, secrets, checkAddress);
  if (problems.length > 0) return refused('correction_unshippable', problems);
  return granted({
    change: {
      hold: null,
      liftedHold: null,
      profileChecked: false,
      moveToBack: true,
      secrets: { overrides },
    },
    note: { event: 'profile.corrected', detail: detailOf(fields, correction) },
  });
}

/**
 * What the check would find with these overrides, by the profile that it found last. None where none was kept: holds that are
 * not about the profile have none.
 */
function problemsWith(
  overrides: Overrides,
  { sourced, profile: frozen }: Shipment['secrets'],
  checkAddress: CheckAddress,
): readonly Problem[] {
  if (sourced === undefined && frozen === undefined) return [];
  const { profile } =
    sourced === undefined
      ? override(frozen === undefined ? {} : asSourced(frozen), { ...overrides, replaced: {} })
      : override(sourced.profile, overrides);
  const verdict = checkAddress(profile, sourced ?? { isNewUser: frozen?.isNewUser ?? false, enabledCountries: null });
  return verdict.outcome === 'problems' ? verdict.problems : [];
}

/** The values to replace; never an address that a PIN goes to. */
function fieldsOf(correction: Correction, suggested: Suggestion): Suggestion {
  const values = 'fields' in correction ? correction.fields : correction.decision === 'accept' ? suggested : {};
  return Object.fromEntries(
    Object.entries(values).filter(([field]) => overridableFields.some((name) => name === field)),
  );
}

const confirmedIn = (fields: Suggestion, correction: Correction): readonly string[] =>
  'fields' in correction ? (correction.confirmed ?? []).filter((field) => fields[field] !== undefined) : [];

function asCorrections(fields: Suggestion, correction: Correction): Overrides['values'] {
  const confirmed = confirmedIn(fields, correction);
  const corrections = Object.entries(fields).map(([field, value]) => {
    const source = confirmed.includes(field) ? ('confirmed' as const) : ('correction' as const);
    return [field, { value, source }] as const;
  });
  return Object.fromEntries(corrections);
}

function detailOf(fields: Suggestion, correction: Correction): Readonly<Record<string, string>> {
  const confirmed = confirmedIn(fields, correction);
  return {
    fields: Object.keys(fields).join(' '),
    ...(confirmed.length === 0 ? {} : { confirmed: confirmed.join(' ') }),
  };
}

function correctOrder({ hold, secrets }: Shipment, correction: Correction, checkAddress: CheckAddress): ActionResult {
  const { profile, suggestion, known } = secrets;
  if (hold === null || profile === undefined || !isLiftedBy(hold.code, 'address_correction'))
    return refused('order_under_way');
  const isOfProfile = hold.code === 'address_changed';
  // Decided about: the same values of the profile are no change any more.
  const decided = isOfProfile ? { known: { ...known, ...suggestion?.replaced } } : {};
  if ('decision' in correction && correction.decision === 'reject')
    return isOfProfile ? keepOrder(decided) : requestEdit({ decision: 'reject' });
  const fields = fieldsOf(correction, suggestion?.values ?? {});
  if (Object.keys(fields).length === 0) return refused('nothing_suggested');
  const { isNewUser } = profile;
  const checked = { ...asSourced(profile), ...asCorrections(fields, correction) };
  const verdict = checkAddress(checked, { isNewUser, enabledCountries: null });
  if (verdict.outcome === 'problems') return refused('correction_unshippable', verdict.problems);
  const confirmed = confirmedIn(fields, correction);
  return requestEdit({ decision: 'accept', profile: verdict.profile }, { confirmed, secrets: decided });
}

/** The provider has the right address already: there is nothing to send. */
const keepOrder = (decided: { known?: Replaced }): ActionResult =>
  granted({
    change: { hold: null, secrets: { suggestion: null, ...decided } },
    note: { event: 'order.kept', detail: { decision: 'reject' } },
  });

const requestEdit = (
  edit: NonNullable<Shipment['secrets']['edit']>,
  { confirmed = [], secrets = {} }: { confirmed?: readonly string[]; secrets?: { known?: Replaced } } = {},
): ActionResult =>
  granted({
    change: { hold: null, editRequested: true, secrets: { edit, ...secrets } },
    note: {
      event: 'order.edit_requested',
      detail: { decision: edit.decision, ...(confirmed.length === 0 ? {} : { confirmed: confirmed.join(' ') }) },
    },
  });
