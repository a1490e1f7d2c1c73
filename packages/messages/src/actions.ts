import type { OperatorAction } from '@keycourier/journey/requests/operator-actions';

interface ActionTexts {
  /** As a button. */
  button: string;
  /** As a title, with its object. */
  title: string;
  /** What it will do, and what it will not. */
  effect: string;
}

/** Beside the release of a PIN that is held because its address changed. */
export const addressConfirmation = {
  warning:
    'The address for the PIN changed in Okta after it was checked. Releasing the PIN confirms the new address: the PIN goes to the one that Okta has then. keycourier does not store it; look it up in Okta first.',
  confirm: 'I have seen the new address in Okta, and it is the address of this person.',
  missing: 'The address for the PIN changed in Okta: confirm the new one, too.',
} as const;

/** What may be done to a shipment, as API and console describe it. */
export const actionTexts: Readonly<Record<OperatorAction | 'correct', ActionTexts>> = {
  retry: {
    button: 'Retry',
    title: 'Retry a shipment',
    effect:
      'Lifts a hold and repeats the next step. It never places a second order: each step checks the remote state before it acts.',
  },
  cancel: {
    button: 'Cancel',
    title: 'Cancel a shipment',
    effect:
      'Possible until the provider locks the order. Cancels the order, then deletes the enrollment in Okta. Cancelling again has no effect. If the provider locks the order in the meantime, the shipment continues unchanged.',
  },
  'release-pin': {
    button: 'Send the PIN now',
    title: 'Send the PIN now',
    effect: 'Overrides the release policy. If the address changed in Okta, this also confirms the new one.',
  },
  'resend-pin': {
    button: 'Resend the PIN',
    title: 'Resend the PIN',
    effect:
      'Possible only if Okta mails the PIN: our own copy is deleted when it is recorded as sent. The user is checked again first.',
  },
  'confirm-receipt': {
    button: 'Confirm receipt',
    title: 'Confirm receipt of the key',
    effect: 'Releases a PIN that waits for delivery or receipt, and ends the wait for a parcel that the carrier lost.',
  },
  correct: {
    button: 'Correct the address',
    title: 'Correct the address of a held shipment',
    effect:
      'Applies to this shipment only; Okta is not changed. A correction after which the shipment would be held again for its profile is refused with what is still wrong.',
  },
};
