import type { CheckedProfile, Problem, SourcedProfile, Suggestion } from '../model/shipment.ts';

export type CheckAddress = (profile: SourcedProfile, about: AddressSurroundings) => AddressVerdict;

/** What an address is judged by besides itself. */
export interface AddressSurroundings {
  /** A new user's PIN goes to the secondary address, which must be there then. */
  isNewUser: boolean;
  /** ISO alpha-2 codes of the countries that the provider ships to for this tenant; null where it does not say. */
  enabledCountries: readonly string[] | null;
}

export type AddressVerdict =
  | { outcome: 'shippable'; profile: CheckedProfile }
  /** `suggestion` holds a value for each field that could be mended by a loss that a person may accept. */
  | { outcome: 'problems'; problems: readonly Problem[]; suggestion: Suggestion };
