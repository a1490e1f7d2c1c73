import type { ProfileField, SourcedProfile } from '@keycourier/journey/model/profile';
import type { AddressContext } from '@keycourier/journey/ports/address';

import { fail, type FieldState, type Rule, type RuleContext } from './field-state.ts';
import { country, enabledCountry } from './rules/country.ts';
import { emailAddress } from './rules/email-address.ts';
import { isMilitaryPost, militaryCity, militaryPost } from './rules/military-post.ts';
import { phoneNumber } from './rules/phone-number.ts';
import { placeholder } from './rules/placeholder.ts';
import { postalCode } from './rules/postal-code.ts';
import { required } from './rules/required.ts';
import { state } from './rules/state.ts';
import { poBox, streetLines } from './rules/street.ts';
import { byteLength, collapse, compose, controlCharacter, latinScript, lineBreaks, trim } from './rules/text-rules.ts';
import { findSubdivision } from './subdivisions/find-subdivision.ts';
import { isElsewhere, subdivisionOfCode } from './subdivisions/postal-area.ts';

const text = [controlCharacter, compose, trim, collapse, placeholder] as const;

/** The rules of each attribute, in order; they end early once its value is empty. */
const rulesByField: Readonly<Record<ProfileField, readonly Rule[]>> = {
  firstName: [...text, latinScript, byteLength('firstName')],
  lastName: [...text, latinScript, byteLength('lastName')],
  email: [controlCharacter, trim, placeholder, emailAddress, byteLength('email')],
  secondEmail: [controlCharacter, trim, placeholder, emailAddress, byteLength('secondEmail')],
  primaryPhone: [...text, phoneNumber, byteLength('primaryPhone')],
  organization: [...text, latinScript, byteLength('organization')],
  streetAddress: [lineBreaks, ...text, streetLines, poBox, latinScript],
  city: [...text, poBox, militaryCity, latinScript, byteLength('city')],
  state: [...text, poBox, state, latinScript, byteLength('state')],
  zipCode: [...text, postalCode],
  countryCode: [...text, country, militaryPost, enabledCountry],
};

export type FieldStates = Readonly<Record<ProfileField, FieldState>>;

export interface AppliedRules {
  /** What the rules depended on, with the country as they found it. */
  context: RuleContext;
  fields: FieldStates;
}

type ApplyToOne = (name: ProfileField, profile: SourcedProfile, context: RuleContext) => FieldState;

/** Every attribute after its rules. Pure; never throws. */
export function applyRules(
  profile: SourcedProfile,
  about: AddressContext,
  applyToOne: ApplyToOne = applyRulesOf,
): AppliedRules {
  const unplaced: RuleContext = {
    countryCode: null,
    isMilitary: isMilitaryPost(profile),
    subdivision: null,
    subdivisionOfCode: null,
    ...about,
  };
  const countryCode = applyToOne('countryCode', profile, unplaced);
  const isKnown = countryCode.value !== '' && !countryCode.problems.includes('unknown_country');
  const context: RuleContext = { ...unplaced, countryCode: isKnown ? countryCode.value : null };
  const area = applyAreaRules(profile, context, applyToOne);
  const fields = {
    firstName: applyToOne('firstName', profile, context),
    lastName: applyToOne('lastName', profile, context),
    email: applyToOne('email', profile, context),
    secondEmail: applyToOne('secondEmail', profile, context),
    primaryPhone: applyToOne('primaryPhone', profile, context),
    organization: applyToOne('organization', profile, context),
    streetAddress: applyToOne('streetAddress', profile, context),
    city: applyToOne('city', profile, context),
    ...area.fields,
    countryCode,
  };
  return { context: area.context, fields };
}

/** State and postal code, which are held against each other: a contradiction is a problem of both, since either may be wrong. */
function applyAreaRules(profile: SourcedProfile, unplaced: RuleContext, applyToOne: ApplyToOne) {
  const { countryCode } = unplaced;
  const region = applyToOne('state', profile, unplaced);
  const isFine = countryCode !== null && region.value !== '' && region.problems.length === 0;
  const subdivision = isFine ? findSubdivision(region.value, countryCode) : null;
  const zipCode = applyToOne('zipCode', profile, { ...unplaced, subdivision });
  const isCode = zipCode.value !== '' && zipCode.problems.length === 0;
  const context = {
    ...unplaced,
    subdivision,
    subdivisionOfCode: isCode ? subdivisionOfCode(zipCode.value, countryCode) : null,
  };
  if (!isCode || zipCode.source === 'confirmed' || !isElsewhere(zipCode.value, subdivision, countryCode))
    return { context, fields: { state: region, zipCode } };
  return {
    context,
    fields: { state: fail(region, 'contradicts_postal_code'), zipCode: fail(zipCode, 'contradicts_state') },
  };
}

function applyRulesOf(name: ProfileField, profile: SourcedProfile, context: RuleContext): FieldState {
  const { value = '', source = null } = profile[name] ?? {};
  const initial: FieldState = { name, value, source, normalisations: [], problems: [] };
  const judged = rulesByField[name].reduce(
    (field, rule) => (field.value === '' ? field : rule(field, context)),
    initial,
  );
  return required(judged, context);
}

/**
 * Applies the rules to each attribute once, for profiles of one user that differ in few attributes. What it remembers is
 * personal: it must not outlive the check.
 */
export function rememberRules(): ApplyToOne {
  const known = new Map<string, { context: RuleContext; result: FieldState }[]>();
  return (name, profile, context) => {
    const key = JSON.stringify([name, profile[name]]);
    const results = known.get(key) ?? [];
    const same = results.find((one) => isSame(one.context, context));
    if (same !== undefined) return same.result;
    const result = applyRulesOf(name, profile, context);
    known.set(key, [...results, { context, result }]);
    return result;
  };
}

/** Of one check, whose other context is the same throughout. Subdivisions are compared as objects. */
const isSame = (one: RuleContext, other: RuleContext): boolean =>
  one.countryCode === other.countryCode &&
  one.isMilitary === other.isMilitary &&
  one.subdivision === other.subdivision &&
  one.subdivisionOfCode === other.subdivisionOfCode;
