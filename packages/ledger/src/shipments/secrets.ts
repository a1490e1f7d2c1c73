import type { Secrets, Shipment } from '@keycourier/journey/shipment';

import type { Ledger, Tx, Database } from '../open-ledger.ts';
import { readSecrets } from './stored.ts';

const place = (shipmentId: string, name: string): string => `secrets.${name}:${shipmentId}`;

/** Opens all secrets of some shipments, by shipment id. */
export async function openSecrets(
  { sealing }: Ledger,
  db: Database | Tx,
  shipmentIds: readonly string[],
): Promise<ReadonlyMap<string, Shipment['secrets']>> {
  const opened = new Map<string, Record<string, unknown>>(shipmentIds.map((id) => [id, {}]));
  if (shipmentIds.length === 0) return new Map();
  const rows = await db.selectFrom('secrets').selectAll().where('shipment_id', 'in', [...shipmentIds]).execute();
  for (const row of rows) {
    const json: unknown = JSON.parse(sealing.unseal(row.sealed, place(row.shipment_id, row.name)));
    const secrets = opened.get(row.shipment_id);
    if (secrets !== undefined) secrets[row.name] = json;
  }
  return new Map([...opened].map(([id, secrets]) => [id, readSecrets(secrets)]));
}

/** Writes those that are given and deletes those that are null; the rest stays. */
export async function writeSecrets(
  { sealing }: Ledger,
  tx: Tx,
  shipmentId: string,
  changes: { [Name in keyof Secrets]?: Secrets[Name] | null | undefined },
): Promise<void> {
  const entries = Object.entries(changes).filter(([, value]) => value !== undefined);
  const gone = entries.filter(([, value]) => value === null).map(([name]) => name);
  const kept = entries.filter(([, value]) => value !== null);
  if (gone.length > 0)
    await tx.deleteFrom('secrets').where('shipment_id', '=', shipmentId).where('name', 'in', gone).execute();
  if (kept.length === 0) return;
  await tx
    .insertInto('secrets')
    .values(
      kept.map(([name, value]) => ({
        shipment_id: shipmentId,
        name,
        sealed: sealing.seal(JSON.stringify(value), place(shipmentId, name)),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['shipment_id', 'name']).doUpdateSet((row) => ({ sealed: row.ref('excluded.sealed') })),
    )
    .execute();
}
