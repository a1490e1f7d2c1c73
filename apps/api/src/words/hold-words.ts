import type { HoldCode } from '@keycourier/journey/model/shipment';

/** What a hold means and what a person can do about it; each ends in a retry unless it says otherwise. */
export const holdWords: Readonly<Record<HoldCode, string>> = {
  profile_problems:
    'The shipping profile cannot be delivered to: correct the named attributes in Okta and retry, or send a correction for this shipment alone.',
  user_not_active: 'The person may not be given a key now: activate them in Okta, then retry.',
  left_group:
    'The person has left the group that asked for this key, and a credential is enrolled already: add them again and retry.',
  product_not_allowed:
    "The product is not in the tenant's list any more: put it back into the configuration, then retry.",
  enrollment_refused: 'Okta refused to enroll the credential: see the problems, settle them in Okta, then retry.',
  enrollment_unclear:
    'It cannot be told which enrollment in Okta is ours: delete the pending ones that nobody needs, then retry.',
  order_refused: 'The provider refused the order: correct what the problems name, then retry.',
  order_unclear:
    'It cannot be told which order at the provider is ours: keep one, have the others cancelled, then retry.',
  order_duplicated:
    'The provider is making a second key for this request: have one of the two orders stopped, then retry.',
  order_missing:
    'The provider does not know the order any more: ask the provider, then retry, or confirm the receipt of the key.',
  order_incomplete:
    'The provider finds the order incomplete: send a correction, or complete it with the provider; it goes on by itself.',
  address_suggested:
    'The provider suggests another address: accept it, reject it to ship as ordered, or send a correction; after that it goes on by itself.',
  address_undeliverable:
    'The provider cannot deliver to the address: send a correction; after that it goes on by itself.',
  edit_refused:
    'The provider refused the corrected address: see the problems and send another correction; the order itself stands.',
  provider_error:
    'The provider reports an error with the order: ask the provider; it goes on by itself when that is settled.',
  denied_party:
    'The provider may not ship to this recipient: settle it with the provider; the order goes on by itself.',
  parcel_lost:
    'The carrier has lost the parcel: ask the provider for another, or confirm the receipt if the key arrived after all.',
  parcel_returned:
    'The parcel came back: have it sent again by the provider, or confirm the receipt if the key was handed over.',
  transit_too_long:
    'The parcel has been on its way for too long: ask the carrier, or confirm the receipt if the key arrived.',
  credential_unmatched:
    'The programmed key does not answer to our enrollment: ask the provider which order the key was made for.',
  activation_refused: 'Okta refused to activate the credential: see the problems, settle them in Okta, then retry.',
  pin_copy_missing:
    'The provider sent no copy of the PIN: have it register the PIN-copy key for this organization, then retry.',
  pin_address_changed:
    'The address that the PIN would go to changed in Okta after the check: release the PIN if the new one is right, or restore the old one and retry.',
  mail_refused: 'The mail server refused the PIN mail: correct the mail settings or the address, then retry.',
};
