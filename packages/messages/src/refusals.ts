import type { RefusalCode, SecondHandNeeded } from '@keycourier/journey/requests/operator-actions';

/** Why an action does not apply now, and what to do instead. */
export const refusalMessages: Readonly<Record<RefusalCode, string>> = {
  needs_operator:
    'This shipment needs an API key with the scope "operator" for it: it would release the PIN ahead of its policy, accept an order that the provider has twice, or continue for a person whom a SCIM client deactivated.',
  second_hand_needed:
    'This would send a PIN that nothing else sends now: a second person has to do that, who is neither the user nor who requested the shipment.',
  shipment_ended: 'It is closed, cancelled or failed, and cannot be changed. Request a new shipment instead.',
  credential_not_active:
    'A PIN can be released only once the credential is active in Okta. Wait for the activation; retry a held shipment first.',
  pin_not_waiting:
    'The PIN has not arrived yet, or it has already been released, sent or discarded. See `pin.state` of the shipment.',
  pin_not_sent:
    'Only a PIN that was sent can be resent. Wait for the first mail, or release the PIN if it is waiting for that.',
  pin_forgotten:
    'keycourier mailed this PIN itself and deleted its copy at that moment, so it cannot be sent again. The only way left is a FIDO reset of the key, which destroys its credential, and a new key: request another shipment.',
  shipment_held: 'Resolve the hold first: see `hold` and `problems`, then retry.',
  not_shipped_yet:
    'Only a key that has left the provider can be received. Confirm receipt once the parcel is in transit.',
  not_held:
    'Only a held shipment can be corrected, and this one continues without a correction. Cancel it if it must not.',
  order_locked:
    'The provider has locked the order: the key will be produced and shipped, and nothing about it can be changed or cancelled. To make the key unusable, deactivate the user in Okta (with the flow revoke-leavers on, this revokes the credential), or delete the enrollment in Okta.',
  order_under_way:
    'An address correction does not apply now: the order is being placed or cancelled, or it is held for another reason. See the hold, and try again once the order is placed and held for its address.',
  nothing_suggested: 'There is no suggested address. Send `fields` with the correct values instead.',
  correction_unshippable:
    'The parcel could not be delivered to the corrected address, so the correction was not applied. Send it again with the listed fields, too; if the profile was corrected in Okta meanwhile, retry instead.',
  already_confirmed: 'There is nothing to do: receipt was already confirmed.',
};

const nameOwner = 'Name its owner, once: `keycourier keys set-owner <key id> <login at Okta>`.';

/** Why an operator or an API key may not act on a PIN, and who may. */
export const secondHandMessages: Readonly<Record<SecondHandNeeded, string>> = {
  own_pin: 'This PIN is your own: another operator has to send it.',
  own_request: 'You requested this key, or hold the API key that did: another operator has to send its PIN.',
  unknown_person:
    'It is not known whose account this is, so the PIN could be your own. Name the login of this account in the operators’ file (operators add --login), or sign in with Okta.',
  unknown_owner: `It is not known who holds this API key, or one that made or rotated it, so the PIN could be their own. ${nameOwner}`,
  unknown_requester: `An API key requested this shipment, and it is not known who holds that key, or one that made or rotated it: it could be you. ${nameOwner}`,
};
