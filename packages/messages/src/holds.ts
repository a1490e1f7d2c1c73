import type { HoldCode } from '@keycourier/journey/model/holds';

export interface HoldMessage {
  happened: string;
  /** Ends in a retry unless it says otherwise. */
  toDo: string;
}

const holds: Readonly<Record<HoldCode, HoldMessage>> = {
  profile_problems: {
    happened: 'The shipping profile has problems that prevent delivery.',
    toDo: 'Correct the listed attributes in Okta and retry, or send a correction for this shipment only.',
  },
  user_not_active: {
    happened: 'The user is suspended, deactivated or deleted in Okta.',
    toDo: 'Activate the user in Okta and retry, or cancel the shipment.',
  },
  hub_person_missing: {
    happened: 'The person has no user in the hub who could sign in with the key.',
    toDo: 'See the problem and correct it in the hub, in the spoke or at the link, then retry: the person is pushed again. Whom the hub itself deactivated or deleted only keycourier hub push brings back, and the shipment continues automatically.',
  },
  left_group: {
    happened: 'The user left the group that triggered this shipment, and a credential is already enrolled.',
    toDo: 'Add the user to the group again and retry, or cancel the shipment.',
  },
  suspended: {
    happened: 'A SCIM client deactivated the person. After the grace time the shipment is cancelled or revoked.',
    toDo: 'If the person stays, reactivate them at the client, and the shipment continues automatically; or retry with the scope "operator" to let this shipment continue anyway.',
  },
  product_not_allowed: {
    happened: "The product is no longer in the tenant's product list.",
    toDo: 'Add it to the configuration, then retry.',
  },
  okta_forbidden: {
    happened:
      "Okta's answer for this user is 403: our credentials are accepted, but not for this user or their groups.",
    toDo: 'Add the user and the group to the resource set of the admin role that the token or the service app has, with the permissions to view users and groups and to manage authenticators, then retry.',
  },
  provider_forbidden: {
    happened: "The provider's answer for this order or product is 403: the token is accepted, but not for this one.",
    toDo: 'Ask the provider to allow the product, the inventory or the order for the account of this token, then retry.',
  },
  hris_forbidden: {
    happened: "The HRIS's answer for this person is 403: our credentials are accepted, but not for this person.",
    toDo: 'Let the credentials read this person in the HRIS, then retry.',
  },
  enrollment_refused: {
    happened: 'Okta refused to enroll the credential.',
    toDo: 'See the problems, fix the cause in Okta, then retry.',
  },
  enrollment_unclear: {
    happened: 'Okta has several pending enrollments, and it is unclear which one belongs to this shipment.',
    toDo: 'Delete the ones that are not needed, then retry.',
  },
  order_refused: {
    happened: 'The provider refused the order.',
    toDo: 'Correct what the problems name, then retry.',
  },
  order_unclear: {
    happened: 'The provider has several orders with the reference of this shipment.',
    toDo: 'Keep one, have the others cancelled, then retry.',
  },
  order_duplicated: {
    happened: 'The provider is producing a second key for this request.',
    toDo: 'Have the provider stop one of the two orders, then retry.',
  },
  order_missing: {
    happened: 'The provider no longer has this order.',
    toDo: 'Ask the provider and retry, or confirm receipt of the key.',
  },
  order_incomplete: {
    happened: 'The provider reports the order as incomplete.',
    toDo: 'Send a correction, or complete the order with the provider. The shipment then continues automatically.',
  },
  address_suggested: {
    happened: 'The provider suggests a different address.',
    toDo: 'Accept it, reject it to ship as ordered, or send a correction. The shipment then continues automatically.',
  },
  address_undeliverable: {
    happened: 'The provider cannot deliver to this address.',
    toDo: 'Send a correction. The shipment then continues automatically.',
  },
  address_changed: {
    happened: 'The profile changed after the order was placed, and the provider still accepts changes.',
    toDo: 'Accept the new values, reject them to ship as ordered, or send a correction. Once the provider has locked the order, it ships as ordered.',
  },
  edit_refused: {
    happened: 'The provider refused the corrected address. The order itself is unchanged.',
    toDo: 'See the problems and send another correction.',
  },
  provider_error: {
    happened: 'The provider reports an error with the order.',
    toDo: 'Contact the provider. The shipment continues automatically once the error is resolved.',
  },
  denied_party: {
    happened: 'The recipient matches a denied-party list, so the provider may not ship.',
    toDo: 'Resolve it with your compliance team and the provider. The shipment then continues automatically.',
  },
  parcel_lost: {
    happened: 'The carrier lost the parcel.',
    toDo: 'Ask the provider for a replacement, or confirm receipt if the key arrived after all.',
  },
  parcel_returned: {
    happened: 'The parcel was returned.',
    toDo: 'Have the provider ship it again, or confirm receipt if the key was handed over.',
  },
  transit_too_long: {
    happened: 'The parcel has been in transit for longer than allowed.',
    toDo: 'Ask the carrier, or confirm receipt if the key arrived.',
  },
  credential_unmatched: {
    happened: 'The programmed key does not match the enrollment.',
    toDo: 'Do not hand it out. Ask the provider which order the key was made for.',
  },
  activation_refused: {
    happened: 'Okta refused to activate the credential.',
    toDo: 'See the problems, fix the cause in Okta, then retry.',
  },
  pin_copy_missing: {
    happened: 'The provider sent no copy of the PIN.',
    toDo: 'Have the provider register the PIN-copy key for this organization, then retry.',
  },
  pin_copy_refused: {
    happened: "The provider's copy of the PIN cannot be used: it is not what was agreed, or not of this order's key.",
    toDo: 'See the problem, and have the provider replace the copy. Then retry: it is read again.',
  },
  pin_address_changed: {
    happened: 'The address for the PIN changed in Okta after it was checked.',
    toDo: 'Release the PIN if the new address is correct. Otherwise restore the old one and retry.',
  },
  mail_refused: {
    happened: 'The mail server permanently refused the PIN mail.',
    toDo: 'Correct the mail settings or the address in Okta, then retry.',
  },
};

const isHoldCode = (code: string): code is HoldCode => Object.hasOwn(holds, code);

const unknown: HoldMessage = { happened: 'The shipment is held.', toDo: 'See it in the API, then retry.' };

/** What happened, and what to do about it. During an upgrade the database may hold a code that this version lacks. */
export const holdMessage = (code: string): HoldMessage => (isHoldCode(code) ? holds[code] : unknown);

/** The same as one text. */
export function describeHold(code: string): string {
  const { happened, toDo } = holdMessage(code);
  return `${happened} ${toDo}`;
}
