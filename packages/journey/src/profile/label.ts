import type { CheckedProfile } from '../model/profile.ts';

/** The courier's address for the recipient: a new user cannot read the primary address yet. */
export function parcelEmail({ isNewUser, email, secondEmail }: CheckedProfile): string {
  return isNewUser && secondEmail !== null ? secondEmail : email;
}

/** Whether the label would be the same: the provider would refuse it again. */
export function isSameLabel(one: CheckedProfile, other: CheckedProfile): boolean {
  const [first, second] = [linesOf(one), linesOf(other)];
  return first.every((line, index) => line === second[index]);
}

function linesOf(profile: CheckedProfile): readonly (string | null)[] {
  return [
    profile.firstName,
    profile.lastName,
    profile.organization,
    profile.primaryPhone,
    parcelEmail(profile),
    profile.streetLine1,
    profile.streetLine2,
    profile.city,
    profile.state,
    profile.zipCode,
    profile.countryCode,
  ];
}
