import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Status } from '@keycourier/journey/model/status';

import type { Ledger } from '../connect-ledger.ts';
import { decryptRow, sealedSecrets } from './decrypt-row.ts';
import { loginIndexOf } from './person.ts';

export interface ShipmentQuery {
  tenant: string;
  status?: Status;
  /** An exact Okta id or login; letter case of a login is ignored. */
  user?: string;
  batchId?: string;
  /** Only dry runs, or only real shipments. */
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
    .selectAll('shipments')
    .select(sealedSecrets)
    .where('tenant', '=', query.tenant)
    .where('dry_run', '=', query.dryRun)
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (status !== undefined) select = select.where('status', '=', status);
  if (batchId !== undefined) select = select.where('batch_id', '=', batchId);
  if (before !== undefined) select = select.where('id', '<', before);
  if (user !== undefined) {
    const index = loginIndexOf(ledger, user);
    select = select.where((where) => where.or([where('okta_user_id', '=', user), where('login_index', '=', index)]));
  }
  const rows = await select.execute();
  const page = rows.slice(0, query.limit);
  const items = page.map((row) => decryptRow(ledger, row));
  return { items, nextCursor: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null };
}
