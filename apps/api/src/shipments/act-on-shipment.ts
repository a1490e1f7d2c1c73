import { json } from '@keycourier/http/contract';
import { noBody, noQuery, bodyRoute } from '@keycourier/http/parse-request';
import {
  needsOperator,
  operatorActions,
  refused,
  type OperatorAction,
  type RefusalCode,
} from '@keycourier/journey/requests/operator-actions';

import type { Endpoint } from '../endpoint.ts';
import { decideOn } from './decide-on.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

interface ActionDocs {
  name: string;
  summary: string;
  description: string;
  refusals: readonly (RefusalCode | 'duplicate')[];
}

const docs: Readonly<Record<OperatorAction, ActionDocs>> = {
  retry: {
    name: 'retryShipment',
    summary: 'Retry a shipment',
    description:
      'Lifts a hold and repeats the next step. It never places a second order: each step checks the remote state before it acts. After `order_duplicated` it needs the scope `operator`.',
    refusals: ['shipment_ended', 'duplicate', 'needs_operator'],
  },
  cancel: {
    name: 'cancelShipment',
    summary: 'Cancel a shipment',
    description:
      'Possible until the provider locks the order. Cancels the order, then deletes the enrollment in Okta. Cancelling again has no effect. If the provider locks the order in the meantime, the shipment continues unchanged.',
    refusals: ['shipment_ended', 'order_locked'],
  },
  'release-pin': {
    name: 'releasePin',
    summary: 'Send the PIN now',
    description: 'Overrides the release policy. If the address changed in Okta, this also confirms the new one.',
    refusals: ['shipment_ended', 'credential_not_active', 'pin_not_waiting', 'shipment_held'],
  },
  'resend-pin': {
    name: 'resendPin',
    summary: 'Resend the PIN',
    description:
      'Possible only if Okta mails the PIN: our own copy is deleted when it is recorded as sent. The user is checked again first.',
    refusals: ['shipment_ended', 'credential_not_active', 'pin_not_sent', 'pin_forgotten'],
  },
  'confirm-receipt': {
    name: 'confirmReceipt',
    summary: 'Confirm receipt of the key',
    description:
      'Releases a PIN that waits for delivery or receipt, and ends the wait for a parcel that the carrier lost. Before the delivery, where the policy is `on_delivery`, it needs the scope `operator`.',
    refusals: ['needs_operator', 'shipment_ended', 'not_shipped_yet', 'already_confirmed'],
  },
};

/** Applies an operator action under the row's lock; the history names the API key. */
export const actOn = (action: OperatorAction): Endpoint => {
  const { refusals, ...texts } = docs[action];
  return {
    contract: {
      ...texts,
      params: shipmentParams,
      body: { isRequired: false, content: json(noBody, {}) },
      answers: { 200: { description: 'The updated shipment', content: json(shipment, shipmentExample) } },
      refusals: ['not_found', 'changed_meanwhile', ...refusals],
    },
    handler: bodyRoute(
      { query: noQuery, body: noBody },
      withShipment((context, { apiKey }, { id }) =>
        decideOn(context, id, {
          by: apiKey,
          decide: (current) =>
            needsOperator(current, action) && !apiKey.scopes.includes('operator')
              ? refused('needs_operator')
              : operatorActions[action](current),
        }),
      ),
    ),
  };
};
