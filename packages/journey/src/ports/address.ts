import type { CheckedProfile, SourcedProfile, Suggestion } from '../model/profile.ts';
import type { Problem } from '../model/shipment.ts';

export type CheckAddress = (profile: SourcedProfile, about: AddressContext) => AddressVerdict;

/** What the check depends on besides the profile. */
export interface AddressContext {
  /** A new user's PIN goes to the secondary e-mail address, which is required then. */
  isNewUser: boolean;
  /** ISO alpha-2 codes of the countries that the provider ships to for this tenant; null where it does not say. */
  enabledCountries: readonly string[] | null;
}

export type AddressVerdict =
  | { outcome: 'shippable'; profile: CheckedProfile }
  /** `suggestion` has a value for each attribute that a lossy change would repair, for an operator to accept. */
  | { outcome: 'problems'; problems: readonly Problem[]; suggestion: Suggestion };
