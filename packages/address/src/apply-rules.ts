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

/** Every attribute after its rules. Pure; never throws. */
export function applyRules(profile: SourcedProfile, about: AddressContext): AppliedRules {
  const unplaced: RuleContext = {
    countryCode: null,
    isMilitary: isMilitaryPost(profile),
    subdivision: null,
    subdivisionOfCode: null,
    ...about,
  };
  const countryCode = applyRulesOf('countryCode', profile, unplaced);
  const isKnown = countryCode.value !== '' && !countryCode.problems.includes('unknown_country');
  const context: RuleContext = { ...unplaced, countryCode: isKnown ? countryCode.value : null };
  const area = applyAreaRules(profile, context);
  const fields = {
    firstName: applyRulesOf('firstName', profile, context),
    lastName: applyRulesOf('lastName', profile, context),
    email: applyRulesOf('email', profile, context),
    secondEmail: applyRulesOf('secondEmail', profile, context),
    primaryPhone: applyRulesOf('primaryPhone', profile, context),
    organization: applyRulesOf('organization', profile, context),
    streetAddress: applyRulesOf('streetAddress', profile, context),
    city: applyRulesOf('city', profile, context),
    ...area.fields,
    countryCode,
  };
  return { context: area.context, fields };
}

/** State and postal code, which are held against each other: a contradiction is a problem of both, since either may be wrong. */
function applyAreaRules(profile: SourcedProfile, unplaced: RuleContext) {
  const { countryCode } = unplaced;
  const region = applyRulesOf('state', profile, unplaced);
  const isFine = countryCode !== null && region.value !== '' && region.problems.length === 0;
  const subdivision = isFine ? findSubdivision(region.value, countryCode) : null;
  const zipCode = applyRulesOf('zipCode', profile, { ...unplaced, subdivision });
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
