import type { Answer } from '@keycourier/http/answer';
import type { PlainRequest } from '@keycourier/http/handler';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { z } from 'zod';

import type { Context } from '../context.ts';
import type { Caller } from '../endpoint.ts';
import { refuse } from '../problems.ts';
import { isShipmentId } from './query-fields.ts';

export const shipmentParams = z.object({
  id: z.string().meta({ description: 'The id of a shipment', example: 'shp_01kab3v6d2m8zq4w0xrt5y7n9c' }),
});

type Request = Pick<PlainRequest, 'params' | 'requestId'>;

type Handle = (
  context: Context & Pick<PlainRequest, 'requestId'>,
  caller: Caller,
  shipment: Shipment,
) => Promise<Answer>;

/** Reads the shipment in the path. Another tenant's shipment is a 404, like one that does not exist. */
export function withShipment(handle: Handle) {
  return async (context: Context, caller: Caller, request: Request): Promise<Answer> => {
    const { params } = request;
    const id = params['id'] ?? '';
    const shipment = isShipmentId(id) ? await readShipment(context.ledger, caller.tenant.name, id) : null;
    return shipment === null
      ? refuse('not_found', 'There is no shipment with this id.')
      : handle({ ...context, requestId: request.requestId }, caller, shipment);
  };
}
