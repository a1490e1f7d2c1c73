import type { HoldCode } from '@keycourier/journey/model/shipment';

/** What each hold asks of a person: what happened, and what to do about it before the shipment goes on. */
const advice: Readonly<Record<HoldCode, string>> = {
  profile_problems:
    'The profile cannot be shipped to. Correct these fields in Okta and retry, or correct them for this shipment alone.',
  user_not_active: 'The user is suspended, deactivated or gone. Activate them in Okta, or cancel the shipment.',
  left_group: 'The user left the group that asked for the key. Put them back, or cancel the shipment.',
  product_not_allowed: 'The product is not one that this tenant may order. Correct the config file.',
  enrollment_refused: 'Okta refused the enrollment. Look at its reason, then retry.',
  enrollment_unclear: 'An enrollment may or may not exist in Okta. Look there, then retry.',
  order_refused: 'The provider refused the order. Correct the fields it names, then retry.',
  order_unclear: 'An order may or may not exist at the provider. Look there, then retry.',
  order_duplicated: 'A second order is locked at the provider. Ask them to stop it.',
  order_missing: 'The provider does not know this order any more. Ask them, or confirm the receipt.',
  order_incomplete: 'The provider reports an incomplete order. Correct the address, or ask them what is missing.',
  address_suggested:
    'The provider suggests another address. Accept it, reject it to ship as ordered, or give another one.',
  address_undeliverable:
    'The provider cannot deliver to this address. Correct it for this shipment; it goes on by itself.',
  edit_refused: 'The provider refused the corrected address. See the reasons and correct it again; the order stands.',
  provider_error: 'The provider stopped with an error of its own. Ask them.',
  denied_party: 'The recipient matches a denied-party list. Ask your compliance people.',
  parcel_lost: 'The carrier lost the parcel. Ask the carrier, or confirm the receipt if it did arrive.',
  parcel_returned: 'The parcel was returned. Check the address; confirm the receipt if it did arrive.',
  transit_too_long: 'The parcel has been under way for too long. Ask the carrier, or confirm the receipt.',
  credential_unmatched: 'The programmed key does not fit the enrollment. Ask the provider; do not hand it out.',
  activation_refused: 'Okta refused to activate the credential. Look at its reason, then retry.',
  pin_copy_missing: 'The provider sent no copy of the PIN. Ask them, then retry.',
  pin_address_changed:
    'The address for the PIN has changed since. Make sure that the new one is right, then release the PIN.',
  mail_refused: 'The mail server refused the PIN mail for good. Correct the address in Okta, then retry.',
};

const isKnown = (code: string): code is HoldCode => Object.hasOwn(advice, code);

export const adviceFor = (code: string): string =>
  isKnown(code) ? advice[code] : 'Look at the shipment in the API, then retry it.';
