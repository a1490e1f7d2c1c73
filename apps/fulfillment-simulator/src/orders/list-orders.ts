import { z } from 'zod';

import { advanceShipments } from '../clock/advance-shipment.ts';
import type { Context } from '../context.ts';
import { shipmentSchema, type Shipment } from './shipment.ts';

/** At most 100 records a call, as at Yubico. */
export const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(100),
  offset: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
});

export interface Page {
  shipments: Shipment[];
  totalCount: number;
}

const countRow = z.object({ total: z.number() });

/** One page of an organization's orders, newest first, without deleted ones. */
export async function listOrders(
  context: Context,
  organization: string,
  page: z.infer<typeof pageSchema>,
): Promise<Page> {
  const { rows } = await context.pool.query(
    `select * from shipments where organization = $1 and deleted_at is null
     order by position desc limit $2 offset $3`,
    [organization, page.limit, page.offset],
  );
  const count = await context.pool.query(
    'select count(*)::integer as total from shipments where organization = $1 and deleted_at is null',
    [organization],
  );
  return {
    shipments: await advanceShipments(context, z.array(shipmentSchema).parse(rows)),
    totalCount: countRow.parse(count.rows[0]).total,
  };
}
