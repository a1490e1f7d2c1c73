import type { ShipmentRequest } from '@keycourier/journey/context';
import type { OverridableField, Shipment } from '@keycourier/journey/shipment';
import type { PinPolicy } from '@keycourier/journey/tenant';

import { syncKnocks } from '../knocks/sync-knocks.ts';
import { newId } from '../new-id.ts';
import type { Ledger, Tx } from '../open-ledger.ts';
import { personOf } from './person.ts';
import { writeSecrets } from './secrets.ts';
import { columnsOf } from './shipment-row.ts';

export interface OpenRequest extends ShipmentRequest {
  pinPolicy: PinPolicy;
  dryRun?: boolean;
  note?: string | null;
  overrides?: Readonly<Partial<Record<OverridableField, string>>>;
  batchId?: string | null;
  requestedBy?: string | null;
}

export type Opened =
  | { outcome: 'opened'; shipment: Shipment }
  | { outcome: 'already_open'; shipmentId: string }
  /** Only told to group-add: the other triggers are deliberate. */
  | { outcome: 'has_active_key'; shipmentId: string };

/**
 * Opens a shipment for a request, unless the person has one open for the same purpose. A login that an open shipment
 * was resolved from counts as the same person. Runs inside the caller's transaction, with what it must commit with.
 */
export async function openShipment(ledger: Ledger, tx: Tx, request: OpenRequest): Promise<Opened> {
  const { tenant, purpose, userId, login } = request;
  const person = personOf(ledger, userId, login);
  const loginIndex = login === null ? null : ledger.sealing.blindIndex(login.toLowerCase());
  if (request.dryRun !== true) {
    const open = await findOpen(tx, { tenant, purpose, person, loginIndex });
    if (open !== null) return { outcome: 'already_open', shipmentId: open };
    if (request.trigger === 'group-add') {
      const active = await findActive(tx, { tenant, purpose, person });
      if (active !== null) return { outcome: 'has_active_key', shipmentId: active };
    }
  }
  const shipment = newShipment(ledger, request);
  const inserted = await tx
    .insertInto('shipments')
    .values({
      ...columnsOf(shipment),
      person,
      login_index: loginIndex,
      note: shipment.note === null ? null : ledger.sealing.seal(shipment.note, `shipments.note:${shipment.id}`),
    })
    // Another transaction may have opened one since we looked; the index decides.
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) {
    const open = await findOpen(tx, { tenant, purpose, person, loginIndex });
    return { outcome: 'already_open', shipmentId: open ?? '' };
  }
  await writeSecrets(ledger, tx, shipment.id, shipment.secrets);
  await tx
    .insertInto('history')
    .values({ shipment_id: shipment.id, at: shipment.createdAt, event: 'shipment.requested', detail: JSON.stringify({ trigger: request.trigger }) })
    .execute();
  await syncKnocks(ledger, tx, shipment);
  return { outcome: 'opened', shipment };
}

interface Who {
  tenant: string;
  purpose: string;
  person: string;
}

async function findOpen(tx: Tx, who: Who & { loginIndex: string | null }): Promise<string | null> {
  const row = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', who.tenant)
    .where('purpose', '=', who.purpose === 'backup' ? 'backup' : 'primary')
    .where('dry_run', '=', false)
    .where('order_state', 'not in', ['closed', 'cancelled', 'failed'])
    .where((where) =>
      where.or([
        where('person', '=', who.person),
        ...(who.loginIndex === null ? [] : [where('login_index', '=', who.loginIndex)]),
      ]),
    )
    .executeTakeFirst();
  return row?.id ?? null;
}

async function findActive(tx: Tx, { tenant, purpose, person }: Who): Promise<string | null> {
  const row = await tx
    .selectFrom('shipments')
    .select('id')
    .where('tenant', '=', tenant)
    .where('purpose', '=', purpose === 'backup' ? 'backup' : 'primary')
    .where('person', '=', person)
    .where('credential_state', '=', 'active')
    .executeTakeFirst();
  return row?.id ?? null;
}

function newShipment(ledger: Ledger, request: OpenRequest): Shipment {
  const now = ledger.now();
  const { pinPolicy, login, overrides } = request;
  return {
    id: newId('shp'),
    tenant: request.tenant,
    trigger: request.trigger,
    purpose: request.purpose,
    note: request.note ?? null,
    user: { id: request.userId },
    product: request.product,
    groupId: request.groupId,
    plan: {
      order: 'requested',
      parcel: 'none',
      credential: 'none',
      pin: 'none',
      held: false,
      profileChecked: false,
      inSlot: false,
      programmed: false,
      release: pinPolicy.release,
      releaseOverridden: false,
      receiptConfirmed: false,
      dryRun: request.dryRun ?? false,
    },
    hold: null,
    failure: null,
    liftedHold: null,
    pinPolicy,
    pin: { sentTo: null, sentAt: null },
    order: { providerId: null, placedAt: null, providerState: null },
    parcel: { carrier: null, trackingNumber: null, trackingUrl: null, inTransitSince: null },
    credential: { enrollmentId: null, keyId: null, serial: null, firmware: null },
    intents: {},
    duplicateOf: null,
    batchId: request.batchId ?? null,
    requestedBy: request.requestedBy ?? null,
    createdAt: now,
    updatedAt: now,
    secrets: {
      ...(login === null ? {} : { login }),
      ...(overrides === undefined || Object.keys(overrides).length === 0 ? {} : { overrides }),
    },
  };
}
