import { json, type Endpoint } from '../http/contract.ts';
import { queryRoute, noQuery } from '../http/parse-request.ts';
import { toDto } from './shipment-dto.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

/** One shipment. */
export const showShipment: Endpoint = {
  contract: {
    name: 'showShipment',
    summary: 'Show a shipment',
    description: 'With what holds it, in words, and what may be done about it now.',
    params: shipmentParams,
    answers: { 200: { description: 'The shipment', content: json(shipment, shipmentExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withShipment(async (_context, _caller, one) => ({ status: 200, body: toDto(one) })),
  ),
};
