import type { RegistrationProblem } from '@keycourier/journey/model/registration';

const sentences: Readonly<Record<RegistrationProblem, string>> = {
  user_not_found: 'Okta has no such user any more.',
  user_deactivated:
    'The user is deactivated in Okta, which refuses edits. Nothing is written until the user is active.',
  forbidden:
    'The credentials may not change this user. Check the resource set of their administrator role; it is tried again by itself.',
  refused:
    "Okta refuses the change of this user's profile, perhaps because of another attribute. It is tried again by itself.",
  overwritten:
    "Something else keeps writing another value. Find it in Okta's System Log; the value is written again by itself.",
  attribute_refused:
    'Okta does not know the attribute, or it has another type. Run keycourier okta setup --registration-attribute (--hub in the hub), or fix the attribute in keycourier.yaml.',
  attribute_sourced:
    'A directory or an HR system owns the attribute of some users. In the profile editor of Okta, let it inherit from Okta.',
  group_missing:
    'Okta has no such group, or several of that name. Name another one in keycourier.yaml, best by its id.',
  group_refused:
    'Okta does not let us change the members of the group. Name a group of the type OKTA_GROUP that the credentials may manage.',
  missing_scope:
    'The credentials may not write registrations. Grant okta.users.manage, for a group okta.groups.manage too, and an administrator role.',
};

export const describeRegistrationProblem = (code: RegistrationProblem): string => sentences[code];

const states: Readonly<Record<string, string>> = {
  ready: 'as having a key that works',
  not_ready: 'as having none',
  pending: 'not written yet',
};

/** What Okta shows of a person; null where it is not written. */
export function describeRegistration(
  registration: { state: string; problem: RegistrationProblem | null } | null | undefined,
): string | null {
  if (registration === null || registration === undefined) return null;
  const { state, problem } = registration;
  return problem === null ? (states[state] ?? state) : `not written: ${describeRegistrationProblem(problem)}`;
}
