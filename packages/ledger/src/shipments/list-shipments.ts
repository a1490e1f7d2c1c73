import type { Status } from '@keycourier/journey/plan';
import type { Shipment } from '@keycourier/journey/shipment';

import type { Ledger } from '../open-ledger.ts';
import { openSecrets } from './secrets.ts';
import { shipmentFromRow } from './shipment-row.ts';

export interface ShipmentQuery {
  tenant: string;
  status?: Status;
  /** An exact Okta id or login; letter case of a login is ignored. */
  user?: string;
  batchId?: string;
  /** Only rehearsals, or only real ones. */
  dryRun: boolean;
  /** The id of the last shipment of the page before. */
  before?: string;
  limit: number;
}

/** A page of shipments, newest first; `nextCursor` is null on the last one. */
export async function listShipments(
  ledger: Ledger,
  query: ShipmentQuery,
): Promise<{ items: readonly Shipment[]; nextCursor: string | null }> {
  const { status, user, batchId, before } = query;
  let select = ledger.db
    .selectFrom('shipments')
    .selectAll()
    .where('tenant', '=', query.tenant)
    .where('dry_run', '=', query.dryRun)
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (status !== undefined) select = select.where('status', '=', status);
  if (batchId !== undefined) select = select.where('batch_id', '=', batchId);
  if (before !== undefined) select = select.where('id', '<', before);
  if (user !== undefined) {
    const index = ledger.sealing.blindIndex(user.toLowerCase());
    select = select.where((where) => where.or([where('okta_user_id', '=', user), where('login_index', '=', index)]));
  }
  const rows = await select.execute();
  const page = rows.slice(0, query.limit);
  const secrets = await openSecrets(ledger, ledger.db, page.map(({ id }) => id));
  const items = page.map((row) => {
    const note = row.note === null ? null : ledger.sealing.unseal(row.note, `shipments.note:${row.id}`);
    return shipmentFromRow(row, secrets.get(row.id) ?? {}, note);
  });
  return { items, nextCursor: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null };
}
