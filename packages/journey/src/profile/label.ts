import type { CheckedProfile } from '../model/profile.ts';

/** Where the courier writes to: a new user cannot read the primary address yet (ARCHITECTURE.md, "Glossary"). */
export function parcelEmail({ isNewUser, email, secondEmail }: CheckedProfile): string {
  return isNewUser && secondEmail !== null ? secondEmail : email;
}

/** Whether the provider would get the same label: what it refused once, it would refuse again. */
export function isSameLabel(one: CheckedProfile, other: CheckedProfile): boolean {
  const [first, second] = [linesOf(one), linesOf(other)];
  return first.every((log, index) => log === second[index]);
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
