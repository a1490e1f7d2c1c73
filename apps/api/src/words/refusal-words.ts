import type { RefusalCode } from '@keycourier/journey/requests/operator-actions';

/** Why an action does not apply now, and what would help. */
export const refusalWords: Readonly<Record<RefusalCode, string>> = {
  shipment_ended:
    'It is closed, cancelled or failed for good, and nothing more is done with it. Ask for a new shipment instead.',
  credential_not_active:
    'A PIN is released only once the credential is active in Okta. Wait for that; a held shipment must be retried first.',
  pin_not_waiting:
    'The PIN is not there yet, or it has been released, sent or discarded already. Look at the shipment for which of them.',
  pin_not_sent:
    'Only a PIN that was sent can be sent once more. Wait for the first mail, or release the PIN if it waits for that.',
  pin_forgotten:
    'We mailed this PIN ourselves, and our copy was deleted in that moment: nobody can send it again. What is left is a FIDO reset of the key, which destroys its credential, and a new key: ask for another shipment.',
  shipment_held: 'A person must settle what holds it first: see hold and problems, then retry.',
  not_shipped_yet: 'Only a key that has left the provider can have arrived. Confirm once the parcel is on its way.',
  not_held:
    'Only a shipment that is held can be corrected, and this one goes on without that. Cancel it if it must not.',
  order_locked:
    'The provider has locked the order, so the key will be made and arrive: nothing of it can be changed or cancelled any more. What can be done is to make the key useless: deactivate the person in Okta, and with the flow revoke-leavers on, its credential is revoked; or delete the enrollment in Okta.',
  order_under_way:
    'Another address would not help now: the order is just being placed or cancelled, or it is held for another reason. Look at the hold; try again once the order is placed and held for its address.',
  nothing_suggested: 'Nobody has suggested another address. Send fields with the values that are right instead.',
  correction_unshippable:
    'With this correction the parcel could not be delivered, so it was not made. Correct the named fields and send it again.',
  already_confirmed: 'Nothing needs to be done: the receipt was confirmed before.',
};
