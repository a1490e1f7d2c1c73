import { checkAddress } from '@keycourier/address/check-address';
import { correct, type Correction } from '@keycourier/journey/requests/correct-address';
import { z } from 'zod';

import { json, type Endpoint } from '../http/contract.ts';
import { noQuery, bodyRoute } from '../http/parse-request.ts';
import { decideOn } from './decide-on.ts';
import { overrides, overridesIn } from './request-fields.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

const fields = z
  .strictObject(overrides)
  .refine((given) => Object.keys(overridesIn(given)).length > 0, { params: { code: 'no_fields' } })
  .meta({ override: { minProperties: 1 } });

const body = z
  .strictObject({
    decision: z.enum(['accept', 'reject']).optional().meta({
      description:
        '`accept` takes the suggestions of `problems` as they are. `reject` has a placed order shipped as it was, whatever the provider says to the address',
    }),
    fields: fields.optional().meta({ description: 'Values of your own' }),
  })
  .refine((given) => (given.decision === undefined) !== (given.fields === undefined), {
    path: ['decision'],
    params: { code: 'decision_or_fields' },
  })
  .meta({ override: { oneOf: [{ required: ['decision'] }, { required: ['fields'] }] } });

/** Takes a person's word about a held address, for this shipment alone: never in Okta, and never where the PIN goes. */
export const correctShipment: Endpoint = {
  contract: {
    name: 'correctShipment',
    summary: 'Correct the address of a held shipment',
    description:
      'For this shipment alone, never in Okta. Before the order the profile is checked again with it; after, and until the provider locks the order, the provider is told. Where the PIN goes is not touched: `email` and `secondEmail` come from Okta and are refused.',
    params: shipmentParams,
    body: { isRequired: true, content: json(body, { fields: { zipCode: '62704' } }) },
    answers: { 200: { description: 'The shipment as it is now', content: json(shipment, shipmentExample) } },
    refusals: [
      'not_found',
      'changed_meanwhile',
      'shipment_ended',
      'order_locked',
      'order_under_way',
      'not_held',
      'nothing_suggested',
      'correction_unshippable',
    ],
  },
  handler: bodyRoute({ query: noQuery, body }, (context, caller, given) => {
    const correction = correctionIn(given.body);
    const ask = withShipment((_context, { apiKey }, { id }) =>
      decideOn(context, id, { by: apiKey.id, ask: (current) => correct(current, correction, checkAddress) }),
    );
    return ask(context, caller, given);
  }),
};

const correctionIn = ({ decision, fields: given }: z.output<typeof body>): Correction =>
  decision === undefined ? { fields: overridesIn(given ?? {}) } : { decision };
