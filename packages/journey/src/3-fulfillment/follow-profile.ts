import type { Change, Decision } from '../model/change.ts';
import { isComparable } from '../model/holds.ts';
import { needsNoOperator } from '../model/plan.ts';
import {
  overridableFields,
  profileParts,
  profilePartNames,
  type CheckedProfile,
  type OverridableField,
  type ProfilePart,
  type SourcedProfile,
  type Suggestion,
} from '../model/profile.ts';
import { isLocked } from '../model/request-cancel.ts';
import type { Problem, Shipment } from '../model/shipment.ts';
import type { CheckAddress } from '../ports/address.ts';
import { asSourced, valueIn } from '../profile/as-sourced.ts';
import { readingOf, replacedBy } from '../profile/override-profile.ts';
import { holdFor } from '../steps/hold.ts';

/**
 * What the present profile of its user means for a placed order: held while the provider still accepts changes, for an operator
 * to accept the new values or to ship as ordered; after that the history says that the change came too late. Only what is on the
 * label counts, as it would ship, and never a part that the request overrides.
 * @returns null where nothing is new
 */
export function followProfile(
  current: Shipment,
  sourced: SourcedProfile,
  { checkAddress, now, wasReported }: { checkAddress: CheckAddress; now: Date; wasReported: boolean },
): Decision | null {
  const { plan, secrets, order, hold } = current;
  if (plan.order !== 'placed' || needsNoOperator(plan) || !isComparable(hold) || plan.editRequested) return null;
  const tooLate = giveUpChange(current);
  if (tooLate !== null) return tooLate;
  const found = findChange(secrets, sourced, checkAddress);
  // A change that was reported while the profile was read may not be in it: the next poll compares again.
  const isReportedSince = order.profileChanged === true && !wasReported;
  const compared = isReportedSince ? {} : { orderDetails: { profileChanged: false } };
  if (found === null && hold !== null) return liftHold(compared);
  const isNews = found !== null && (hold === null || !isSame(found.values, secrets.suggestion?.values));
  if (!isNews)
    return order.profileChanged === true && wasReported
      ? { change: compared, note: { event: 'profile.compared' } }
      : null;
  const fields = found.fields.join(' ');
  const replaced = replacedBy(sourced, found.fields);
  if (isLocked(current))
    return {
      change: { ...compared, secrets: { known: { ...secrets.known, ...replaced } } },
      note: { event: 'profile.changed_too_late', detail: { fields } },
    };
  const change = { ...compared, secrets: { suggestion: { values: found.values, replaced } } };
  const held = holdFor({ ...current, hold: null }, 'address_changed', { now, problems: found.problems, change });
  return { ...held, note: { ...held.note, detail: { ...held.note.detail, fields } } };
}

const isSame = (found: Suggestion, previous: Suggestion = {}): boolean =>
  overridableFields.every((field) => found[field] === previous[field]);

/** The profile is as ordered again. */
const liftHold = (compared: Change): Decision => ({
  change: { ...compared, hold: null, secrets: { suggestion: null } },
  note: { event: 'shipment.rechecked', detail: { because: 'profile_changed', heldFor: 'address_changed' } },
});

/** The provider locked the order while a changed profile waited for an operator: it ships as ordered. */
export function giveUpChange(current: Shipment): Decision | null {
  const { hold, secrets } = current;
  if (hold?.code !== 'address_changed' || !isLocked(current)) return null;
  const { values = {}, replaced = {} } = secrets.suggestion ?? {};
  return {
    change: { hold: null, secrets: { suggestion: null, known: { ...secrets.known, ...replaced } } },
    note: { event: 'profile.changed_too_late', detail: { fields: Object.keys(values).join(' ') } },
  };
}

interface ProfileChange {
  fields: readonly OverridableField[];
  /** As they would ship; empty for an attribute that the label would not have any more. */
  values: Suggestion;
  problems: readonly Problem[];
}

function findChange(
  { profile, known = {} }: Shipment['secrets'],
  sourced: SourcedProfile,
  checkAddress: CheckAddress,
): ProfileChange | null {
  if (profile === undefined) return null;
  const parts = profilePartNames.filter((part) => !isOverridden(part, profile) && isNewer(known[part], sourced, part));
  const touched = overridableFields.filter((field) => parts.some((part) => isOf(part, field)));
  if (touched.length === 0) return null;
  const present = withFieldsOf(asSourced(profile), sourced, touched);
  const verdict = checkAddress(present, { isNewUser: profile.isNewUser, enabledCountries: null });
  const valueNow = (field: OverridableField): string =>
    verdict.outcome === 'shippable'
      ? (valueIn(verdict.profile, field) ?? '')
      : (verdict.suggestion[field] ?? present[field]?.value ?? '');
  const fields = touched.filter((field) => valueNow(field) !== (valueIn(profile, field) ?? ''));
  if (fields.length === 0) return null;
  return {
    fields,
    values: Object.fromEntries(fields.map((field) => [field, valueNow(field)])),
    problems: [
      ...fields.map((field) => ({ field, code: 'changed_in_profile' })),
      ...(verdict.outcome === 'problems' ? verdict.problems : []),
    ],
  };
}

const isOf = (part: ProfilePart, field: string): boolean => profileParts[part].some((name) => name === field);

/** The request says where this shipment goes, and the profile does not. */
const isOverridden = (part: ProfilePart, { sources }: CheckedProfile): boolean =>
  profileParts[part].some((field) => sources[field] === 'override');

/** Compared with what the sources said then, since an operator may have corrected the order meanwhile. */
const isNewer = (known: string | undefined, sourced: SourcedProfile, part: ProfilePart): boolean =>
  known !== undefined && known !== readingOf(sourced, part);

/** A part is never completed from another address: what the sources do not have any more is gone. */
function withFieldsOf(
  ordered: SourcedProfile,
  sourced: SourcedProfile,
  fields: readonly OverridableField[],
): SourcedProfile {
  const kept = Object.entries(ordered).filter(([field]) => !fields.some((name) => name === field));
  const taken = Object.entries(sourced).filter(([field]) => fields.some((name) => name === field));
  return Object.fromEntries([...kept, ...taken]);
}
