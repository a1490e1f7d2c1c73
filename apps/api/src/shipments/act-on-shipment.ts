import { operatorActions, type OperatorAction, type RefusalCode } from '@keycourier/journey/requests/operator-actions';

import { json, type Endpoint } from '../http/contract.ts';
import { noBody, noQuery, bodyRoute } from '../http/parse-request.ts';
import { decideOn } from './decide-on.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

interface ActionDocs {
  name: string;
  summary: string;
  description: string;
  refusals: readonly (RefusalCode | 'duplicate')[];
}

const told: Readonly<Record<OperatorAction, ActionDocs>> = {
  retry: {
    name: 'retryShipment',
    summary: 'Check again, or redo the owed step',
    description:
      'Lifts a hold and goes on from the same state. Never a second order: every step looks before it leaps.',
    refusals: ['shipment_ended', 'duplicate'],
  },
  cancel: {
    name: 'cancelShipment',
    summary: 'Cancel a shipment',
    description:
      'Possible until the provider locks the order: the order goes, then the enrollment in Okta. Cancelling once more changes nothing. A provider that has locked the order meanwhile leaves the shipment as it was.',
    refusals: ['shipment_ended', 'order_locked'],
  },
  'release-pin': {
    name: 'releasePin',
    summary: 'Send the PIN ahead of its policy',
    description: 'For a changed address it is also the word that the new one, which Okta has, is right.',
    refusals: ['shipment_ended', 'credential_not_active', 'pin_not_waiting', 'shipment_held'],
  },
  'resend-pin': {
    name: 'resendPin',
    summary: 'Have Okta mail the PIN once more',
    description:
      'Only where Okta mails PINs: our own copy is deleted in the moment that records it as sent. The person is read again first.',
    refusals: ['shipment_ended', 'credential_not_active', 'pin_not_sent', 'pin_forgotten'],
  },
  'confirm-receipt': {
    name: 'confirmReceipt',
    summary: 'Say that the key is in its owner’s hands',
    description:
      'Releases the PIN where that waits for the delivery or the receipt, and ends the wait for a parcel that the carrier lost sight of.',
    refusals: ['shipment_ended', 'not_shipped_yet', 'already_confirmed'],
  },
};

/** Does what a person asks of a shipment, decided under the row's lock; the history says which API key asked. */
export const actOn = (action: OperatorAction): Endpoint => {
  const { refusals, ...words } = told[action];
  return {
    contract: {
      ...words,
      params: shipmentParams,
      body: { isRequired: false, content: json(noBody, {}) },
      answers: { 200: { description: 'The shipment as it is now', content: json(shipment, shipmentExample) } },
      refusals: ['not_found', 'changed_meanwhile', ...refusals],
    },
    handler: bodyRoute(
      { query: noQuery, body: noBody },
      withShipment((context, { apiKey }, { id }) =>
        decideOn(context, id, { by: apiKey.id, ask: operatorActions[action] }),
      ),
    ),
  };
};
