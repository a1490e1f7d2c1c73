import { json } from '@keycourier/http/contract';
import { queryRoute, noQuery } from '@keycourier/http/parse-request';

import type { Endpoint } from '../endpoint.ts';
import { showOne } from './shipment-dto.ts';
import { shipment, shipmentExample } from './shipment-schema.ts';
import { shipmentParams, withShipment } from './with-shipment.ts';

export const showShipment: Endpoint = {
  contract: {
    name: 'showShipment',
    summary: 'Show a shipment',
    readsPersonalData: true,
    description: 'Includes why it is held, and the actions that are possible now.',
    params: shipmentParams,
    answers: { 200: { description: 'The shipment', content: json(shipment, shipmentExample) } },
    refusals: ['not_found'],
  },
  handler: queryRoute(
    noQuery,
    withShipment(async ({ ledger }, _caller, one) => ({ status: 200, body: await showOne(ledger.db, one) })),
  ),
};
