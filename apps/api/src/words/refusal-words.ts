import type { RefusalCode } from '@keycourier/journey/operator-actions';

/** Why an action does not apply now, and what would help. */
export const refusalWords: Readonly<Record<RefusalCode, string>> = {
  shipment_ended:
    'It is closed, cancelled or failed for good, and nothing more is done with it. Ask for a new shipment instead.',
  credential_not_active:
    'A PIN is released only once the credential is active in Okta. Wait for that; a held shipment must be retried first.',
  pin_not_waiting:
    'The PIN is not there yet, or it has been released, sent or discarded already. Look at the shipment for which of them.',
  shipment_held: 'A person must settle what holds it first: see hold and problems, then retry.',
  not_shipped_yet: 'Only a key that has left the provider can have arrived. Confirm once the parcel is on its way.',
  already_confirmed: 'Nothing needs to be done: the receipt was confirmed before.',
};
