/** One sentence for each code of a problem that a room of the journey puts on a shipment. None holds a value. */
export const problemWords: Readonly<Record<string, string>> = {
  not_active: 'The person is deactivated or suspended in Okta: activate them, then retry.',
  user_not_found:
    'Okta knows nobody by this id or login: create the person or ask again with the right one, then retry.',
  not_a_member: 'The person is no longer in the group that asked for the key: add them again, then retry.',
  not_in_the_tenants_list: "The product is not in the tenant's list: put it into the configuration, then retry.",
  more_than_one_since_our_call:
    'Okta has more than one new enrollment since our unanswered call: delete the ones not needed, then retry.',
  more_than_one_with_our_reference:
    'The provider has several orders with our reference: have all but one cancelled, then retry.',
  a_second_order_is_locked:
    'A second order for this request can no longer be withdrawn: have the provider stop one of the two.',
  provider_suggests_another:
    'The provider would write this otherwise: accept its suggestion, keep the address as it is, or correct it.',
  undeliverable:
    'The provider finds that no courier delivers there: check street, city and postal code together, and correct what is wrong.',
  transit_too_long:
    'The parcel has been on its way for longer than it should be: ask the carrier, or confirm the receipt if the key arrived.',
  credential_unmatched:
    'The programmed key does not answer to our enrollment: ask the provider which order it was made for, and do not hand it out.',
  pin_copy_missing:
    'The provider sent no copy of the PIN: have it register the PIN-copy key for this organization, then retry.',
  not_found: 'The other side does not know it any more: ask there what became of it.',
  gone: 'A sealed value that this step needs is not there any more: the step cannot be repeated.',
  changed_since_the_check:
    'The address changed in Okta after it was checked: release the PIN if it is right, or restore the old one and retry.',
  unreachable: 'The service could not be reached: retry once it can be.',
  outcome_unknown: 'The service gave no answer that could be read: retry.',
  rate_limited: 'The service asked for fewer requests: retry later.',
  unauthorized: 'The service does not accept our credentials: correct the configuration.',
  refused: 'The service refused the request and gave no reason: ask its operator.',
};
