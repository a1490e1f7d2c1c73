import { checkAddress } from '@keycourier/address/check-address';
import { json } from '@keycourier/http/contract';
import { noQuery, bodyRoute } from '@keycourier/http/parse-request';
import { confirmableFields } from '@keycourier/journey/model/profile';
import { correct, type Correction } from '@keycourier/journey/requests/correct-address';
import { actionTexts } from '@keycourier/messages/actions';
import { overrides, overridesIn } from '@keycourier/operations/batches/request-fields';
import { z } from 'zod';

import type { Endpoint } from '../endpoint.ts';
import { decideOn } from './decide-on.ts';
import { refuseAddresses } from './refuse-addresses.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

const fields = z
  .strictObject(overrides)
  .refine((values) => Object.keys(overridesIn(values)).length > 0, { params: { code: 'no_fields' } })
  .meta({ override: { minProperties: 1 } });

const body = z
  .strictObject({
    decision: z.enum(['accept', 'reject']).optional().meta({
      description:
        '`accept` applies the suggestions in `problems`. `reject` ships a placed order to the original address despite the provider’s suggestion',
    }),
    fields: fields.optional().meta({ description: 'The correct values' }),
    confirmed: z.array(z.enum(confirmableFields)).min(1).max(confirmableFields.length).optional().meta({
      description:
        'Of `fields`, the ones that you know to be right although the check does not: for a phone number in a range that is too new to be listed (`unknown_phone_number`), or a postal code that its state has after all (`contradicts_state`). Recorded in the history',
    }),
  })
  .refine(({ decision, fields: values }) => (decision === undefined) !== (values === undefined), {
    path: ['decision'],
    params: { code: 'decision_or_fields' },
  })
  .refine(({ fields: values, confirmed = [] }) => confirmed.every((field) => values?.[field] !== undefined), {
    path: ['confirmed'],
    params: { code: 'confirmed_without_value' },
  })
  .meta({ override: { oneOf: [{ required: ['decision'] }, { required: ['fields'] }] } });

/** Corrects a held address for this shipment only. It never changes Okta or the PIN's address. */
export const correctShipment: Endpoint = {
  contract: {
    name: 'correctShipment',
    summary: actionTexts.correct.title,
    description:
      'Applies to this shipment only; Okta is not changed. A correction after which the shipment would be held again for its profile is refused with what is still wrong (422). Before the order is placed, the profile is read and checked again with it, and the provider’s own check follows. Afterwards, until the provider locks the order, the correction is sent to the provider. Needs the scope `addresses` too, except to reject. The address for the PIN cannot be corrected: `email` and `secondEmail` come from Okta and are refused.',
    params: shipmentParams,
    body: { isRequired: true, content: json(body, { fields: { zipCode: '62704' } }) },
    answers: { 200: { description: 'The updated shipment', content: json(shipment, shipmentExample) } },
    refusals: [
      'not_found',
      'changed_meanwhile',
      'shipment_ended',
      'order_locked',
      'order_under_way',
      'not_held',
      'nothing_suggested',
      'correction_unshippable',
      'overrides_forbidden',
    ],
  },
  handler: bodyRoute({ query: noQuery, body }, async (context, caller, request) => {
    // To ship as ordered names no other address.
    const refusal = request.body.decision === 'reject' ? null : refuseAddresses(caller, 'correction');
    if (refusal !== null) return refusal;
    const correction = correctionOf(request.body);
    const { decision } = request.body;
    const detail = decision === undefined ? { fields: Object.keys(request.body.fields ?? {}).join(' ') } : { decision };
    const apply = withShipment(({ requestId }, { apiKey }, { id }) =>
      decideOn(context, id, {
        by: apiKey,
        act: { action: 'shipment.correct', detail, requestId },
        decide: (current) => correct(current, correction, checkAddress),
      }),
    );
    return apply(context, caller, request);
  }),
};

function correctionOf({ decision, fields: values, confirmed }: z.output<typeof body>): Correction {
  if (decision !== undefined) return { decision };
  return { fields: overridesIn(values ?? {}), ...(confirmed === undefined ? {} : { confirmed }) };
}
