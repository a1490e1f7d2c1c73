import { z } from 'zod';

import { customProblem, type CustomAttributes } from './custom-attributes.ts';
import type { Profile } from './user.ts';

interface AttributeRule {
  title: string;
  minLength?: number;
  maxLength?: number;
  required?: boolean;
  format?: 'email' | 'country-code';
}

/** Okta's base attributes with the limits of its OpenAPI document and default schema. */
export const baseAttributes: Readonly<Record<string, AttributeRule>> = {
  login: { title: 'Username', required: true, minLength: 5, maxLength: 100 },
  firstName: { title: 'First name', required: true, minLength: 1, maxLength: 50 },
  lastName: { title: 'Last name', required: true, minLength: 1, maxLength: 50 },
  email: { title: 'Primary email', required: true, format: 'email', minLength: 5, maxLength: 100 },
  middleName: { title: 'Middle name' },
  honorificPrefix: { title: 'Honorific prefix' },
  honorificSuffix: { title: 'Honorific suffix' },
  title: { title: 'Title' },
  displayName: { title: 'Display name' },
  nickName: { title: 'Nickname' },
  profileUrl: { title: 'Profile Url' },
  secondEmail: { title: 'Secondary email', format: 'email', maxLength: 100 },
  mobilePhone: { title: 'Mobile phone', maxLength: 100 },
  primaryPhone: { title: 'Primary phone', maxLength: 100 },
  streetAddress: { title: 'Street address', maxLength: 1024 },
  city: { title: 'City', maxLength: 128 },
  state: { title: 'State', maxLength: 128 },
  zipCode: { title: 'Zip code', maxLength: 50 },
  countryCode: { title: 'Country code', format: 'country-code', maxLength: 2 },
  postalAddress: { title: 'Postal Address', maxLength: 4096 },
  preferredLanguage: { title: 'Preferred language' },
  locale: { title: 'Locale' },
  timezone: { title: 'Time zone' },
  userType: { title: 'User type' },
  employeeNumber: { title: 'Employee number' },
  costCenter: { title: 'Cost center' },
  organization: { title: 'Organization' },
  division: { title: 'Division' },
  department: { title: 'Department' },
  managerId: { title: 'ManagerId' },
  manager: { title: 'Manager' },
};

const formats = {
  email: z.email({ pattern: z.regexes.html5Email }),
  'country-code': z.string().regex(/^[A-Za-z]{2}$/),
};

/** The problems of a profile in Okta's words, such as `city: The field is too long`. */
export function profileProblems(profile: Profile, custom: CustomAttributes): { field: string; cause: string }[] {
  const base = Object.entries(baseAttributes).map(([field, rule]) => [field, attributeProblem(profile[field], rule)]);
  const own = Object.entries(custom).map(([field, rule]) => [field, customProblem(profile[field], rule)]);
  const unknown = Object.keys(profile)
    .filter((field) => !Object.hasOwn(baseAttributes, field) && !Object.hasOwn(custom, field))
    .map((field) => [field, 'The property is not defined in the user schema']);
  return [...base, ...own, ...unknown].flatMap(([field = '', problem]) =>
    problem === undefined ? [] : [{ field, cause: `${field}: ${problem}` }],
  );
}

function attributeProblem(value: Profile[string] | undefined, rule: AttributeRule): string | undefined {
  if (value === undefined || value === null || value === '')
    return rule.required === true ? 'The field cannot be left blank' : undefined;
  if (typeof value !== 'string') return 'The field must be text';
  if (value.length < (rule.minLength ?? 0)) return `The field must have at least ${rule.minLength} characters`;
  if (rule.maxLength !== undefined && value.length > rule.maxLength)
    return `The field cannot exceed ${rule.maxLength} characters`;
  if (rule.format !== undefined && !formats[rule.format].safeParse(value).success)
    return 'Does not match required pattern';
  return undefined;
}
