import { json } from '@keycourier/http/contract';
import { noBody, noQuery, bodyRoute } from '@keycourier/http/parse-request';
import {
  needsOperator,
  operatorActions,
  refused,
  type OperatorAction,
  type RefusalCode,
} from '@keycourier/journey/requests/operator-actions';
import { decideAs, mayConcernPin } from '@keycourier/journey/requests/two-hands';
import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import type { AuditAction } from '@keycourier/ledger/audit/entry';
import { actionTexts } from '@keycourier/messages/actions';
import { handOf, keyActs } from '@keycourier/operations/hands';

import type { Context } from '../context.ts';
import type { Endpoint } from '../endpoint.ts';
import { decideOn } from './decide-on.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

interface ActionDocs {
  name: string;
  /** Which scope or key it needs when, beside what every text of it says. */
  needs?: string;
  refusals: readonly (RefusalCode | 'duplicate')[];
}

const secondHand =
  'It needs a second person, except in a local stack: the API key has an owner (`PATCH /v1/keys/{id}`) who is neither the user nor who requested the shipment.';

const docs: Readonly<Record<OperatorAction, ActionDocs>> = {
  retry: {
    name: 'retryShipment',
    needs: 'After `order_duplicated` it needs the scope `operator`.',
    refusals: ['shipment_ended', 'duplicate', 'needs_operator'],
  },
  cancel: {
    name: 'cancelShipment',
    refusals: ['shipment_ended', 'order_locked'],
  },
  'release-pin': {
    name: 'releasePin',
    needs: secondHand,
    refusals: ['second_hand_needed', 'shipment_ended', 'credential_not_active', 'pin_not_waiting', 'shipment_held'],
  },
  'resend-pin': {
    name: 'resendPin',
    needs: secondHand,
    refusals: ['second_hand_needed', 'shipment_ended', 'credential_not_active', 'pin_not_sent', 'pin_forgotten'],
  },
  'confirm-receipt': {
    name: 'confirmReceipt',
    needs: `Before the delivery, where the policy is \`on_delivery\`, it needs the scope \`operator\`. While the PIN is not sent and the policy is not \`on_activation\`, it needs a second person, as \`release-pin\` does.`,
    refusals: ['needs_operator', 'second_hand_needed', 'shipment_ended', 'not_shipped_yet', 'already_confirmed'],
  },
};

const auditActionOf = {
  retry: 'shipment.retry',
  cancel: 'shipment.cancel',
  'release-pin': 'shipment.release_pin',
  'resend-pin': 'shipment.resend_pin',
  'confirm-receipt': 'shipment.confirm_receipt',
} as const satisfies Readonly<Record<OperatorAction, AuditAction>>;

/** Applies an operator action; history and audit log name the API key. */
export const actOn = (action: OperatorAction): Endpoint => {
  const { name, needs, refusals } = docs[action];
  const { title: summary, effect } = actionTexts[action];
  return {
    contract: {
      name,
      summary,
      description: needs === undefined ? effect : `${effect} ${needs}`,
      params: shipmentParams,
      body: { isRequired: false, content: json(noBody, {}) },
      answers: { 200: { description: 'The updated shipment', content: json(shipment, shipmentExample) } },
      refusals: ['not_found', 'changed_meanwhile', ...refusals],
    },
    handler: bodyRoute(
      { query: noQuery, body: noBody },
      withShipment(async (context, { apiKey }, { id }) => {
        const decide = await decideBy(context, apiKey, action);
        return decideOn(context, id, {
          by: apiKey,
          act: { action: auditActionOf[action], requestId: context.requestId },
          decide: (current) =>
            needsOperator(current, action) && !apiKey.scopes.includes('operator')
              ? refused('needs_operator')
              : decide(current),
        });
      }),
    ),
  };
};

async function decideBy({ mode, ledger }: Pick<Context, 'mode' | 'ledger'>, apiKey: ApiKey, action: OperatorAction) {
  const acting = mayConcernPin(action) ? keyActs(apiKey, mode) : null;
  return acting === null ? operatorActions[action] : decideAs(await handOf(ledger, apiKey.tenant, acting), action);
}
