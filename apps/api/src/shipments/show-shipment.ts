import { asking, noQuery } from '../http/given.ts';
import { toDto } from './shipment-dto.ts';
import { withShipment } from './with-shipment.ts';

/** One shipment. */
export const showShipment = asking(
  noQuery,
  withShipment(async (_context, _caller, shipment) => ({ status: 200, body: toDto(shipment) })),
);
