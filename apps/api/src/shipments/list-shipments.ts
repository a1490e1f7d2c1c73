import { listShipments as readPage } from '@keycourier/ledger/shipments/list-shipments';
import { z } from 'zod';

import { asking } from '../http/given.ts';
import { cursor, flag, limit, status, toCursor, user } from './query-fields.ts';
import { toDto } from './shipment-dto.ts';

const query = z.strictObject({
  status: status.optional(),
  user: user.optional(),
  cursor: cursor.optional(),
  limit,
  dryRun: flag,
});

/** A page of the tenant's shipments, newest first. Rehearsals are listed apart, with `dryRun=true`. */
export const listShipments = asking(query, async ({ ledger }, { tenant }, given) => {
  const { cursor: before, status: wanted, user: person, ...rest } = given.query;
  const { items, nextCursor } = await readPage(ledger, {
    tenant: tenant.name,
    ...rest,
    ...(wanted === undefined ? {} : { status: wanted }),
    ...(person === undefined ? {} : { user: person }),
    ...(before === undefined ? {} : { before }),
  });
  return {
    status: 200,
    body: { items: items.map(toDto), nextCursor: nextCursor === null ? null : toCursor(nextCursor) },
  };
});
