import type { MoveCode, Mover } from '@keycourier/journey/model/whose-move';

const names: Readonly<Record<Mover, string>> = {
  us: 'keycourier',
  okta: 'Okta',
  provider: 'the provider',
  carrier: 'the carrier',
  person: 'the recipient',
  operator: 'an operator',
  none: 'no one',
};

/** Who must act, within a sentence. */
export const nameOfMover = (who: Mover): string => names[who];

const sentences: Readonly<Record<MoveCode, string>> = {
  'check-profile': 'keycourier reads the profile and checks the address.',
  'enroll-credential': 'keycourier enrolls the credential in Okta.',
  'place-order': 'keycourier places the order with the provider.',
  'edit-order': "keycourier sends the operator's decision about the address to the provider.",
  'cancel-order': 'keycourier deletes the order at the provider.',
  'delete-enrollment': 'keycourier deletes the enrollment in Okta that is no longer needed.',
  'activate-credential': 'keycourier activates the credential of the programmed key in Okta.',
  'revoke-credential': "keycourier deletes the leaver's credential in Okta.",
  'release-pin': 'keycourier reads the recipient once more before it mails the PIN.',
  'send-pin': 'keycourier mails the PIN.',
  wait_for_slot:
    'The shipment waits for a slot: the tenant has as many requests at the provider as `maxRequestsInFlight` allows.',
  okta_unavailable: 'Okta does not answer. The step is tried again until it does.',
  provider_unavailable: "The provider's API does not answer. The step is tried again until it does.",
  service_unavailable:
    "The company's own service (mail or HRIS) does not answer. The step is tried again; check the service.",
  renew_credentials:
    'A service refuses the credentials, so the tenant is paused. Renew them, and the steps continue automatically.',
  process_order: 'The provider checks the address and processes the order: once a day, on business days.',
  ship_parcel: 'The provider programs the key and hands the parcel to the carrier.',
  send_programmed_key: 'The provider still has to report the programmed key.',
  deliver_parcel: 'The carrier delivers the parcel.',
  resolve_exception: 'The carrier reports an exception and has to resolve it.',
  replace_parcel: 'The parcel is lost or was returned. Ask the provider for a replacement, or confirm the receipt.',
  confirm_receipt: 'The recipient has to confirm the receipt of the key; the PIN is mailed after that.',
  decide_hold: 'The shipment is held until an operator acts, or the cause ends.',
  retry_request: 'Okta did not have this user. Create the user and retry, or request again with the correct login.',
  completed: 'Nothing is left to do: the key works.',
  cancelled: 'Nothing is left to do: the shipment is cancelled or the credential is revoked.',
  failed: 'Nothing is left to do: the shipment failed. Request another one.',
  dry_run_ended: 'Nothing is left to do: this was a dry run, which ends with its check.',
};

/** One sentence about what is awaited. Times are shown beside it. */
export const describeMove = (what: MoveCode): string => sentences[what];
