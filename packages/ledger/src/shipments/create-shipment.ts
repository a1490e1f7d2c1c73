import { nextSteps } from '@keycourier/journey/model/plan';
import type { OverridableField, Overrides } from '@keycourier/journey/model/profile';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { PinPolicy } from '@keycourier/journey/model/tenant';
import type { ShipmentRequest } from '@keycourier/journey/ports/ledger';
import { sql } from 'kysely';

import { lockBatches, lockLogin } from '../batches/lock-batches.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { newId } from '../new-id.ts';
import { notifyRelay } from '../outbox/notify-relay.ts';
import { priorityOf } from '../outbox/priority.ts';
import { loginIndexOf, personOf } from './person.ts';
import { sealSecrets } from './secrets.ts';
import { columnsOf } from './shipment-row.ts';

export interface CreateRequest extends ShipmentRequest {
  pinPolicy: PinPolicy;
  dryRun?: boolean;
  note?: string | null;
  overrides?: Readonly<Partial<Record<OverridableField, string>>>;
  batchId?: string | null;
  batchRow?: number | null;
  requestedBy?: string | null;
  /** False where the caller notifies the relay once its transaction has committed. */
  notify?: boolean;
}

export type CreateResult =
  | { outcome: 'created'; shipment: Shipment }
  | { outcome: 'already_open'; shipmentId: string }
  /** Only told to group-add: the other triggers are deliberate. */
  | { outcome: 'has_active_key'; shipmentId: string };

/**
 * Opens a shipment for a request, unless the person has one open for the same purpose. A login that an open shipment
 * was resolved from counts as the same person. Runs inside the caller's transaction, with what it must commit with.
 */
export async function createShipment(ledger: Ledger, tx: Tx, request: CreateRequest): Promise<CreateResult> {
  const { userId, login } = request;
  const loginIndex = login === null ? null : loginIndexOf(ledger, login);
  const who = { ...request, person: personOf(ledger, userId, login), loginIndex };
  const inTheWay = request.dryRun === true ? null : await findInTheWay(tx, who);
  if (inTheWay !== null) return inTheWay;
  const shipment = newShipment(ledger, request);
  // Another transaction may have opened one since we looked: the index decides. If that one is over already, it is our turn.
  const isInserted = await insertShipment(ledger, tx, shipment, who);
  if (!isInserted) return createShipment(ledger, tx, request);
  if (request.notify !== false) await notifyRelay(tx);
  return { outcome: 'created', shipment };
}

type Who = Pick<CreateRequest, 'tenant' | 'purpose' | 'userId' | 'trigger' | 'batchId'> & {
  person: string;
  loginIndex: string | null;
};

async function findInTheWay(tx: Tx, who: Who): Promise<Exclude<CreateResult, { outcome: 'created' }> | null> {
  await lockWho(tx, who);
  const open = await findOpen(tx, who);
  if (open !== undefined) return { outcome: 'already_open', shipmentId: open.id };
  if (who.trigger !== 'group-add') return null;
  const active = await ofPurpose(tx, who)
    .where('person', '=', who.person)
    .where('credential_state', '=', 'active')
    .executeTakeFirst();
  return active === undefined ? null : { outcome: 'has_active_key', shipmentId: active.id };
}

/**
 * The index knows a person by id or by login, but cannot tell that a request by id and one by login mean the same: those
 * take turns by login. A batch has the tenant's turns all to itself, or two that wait for each other's people would deadlock.
 */
async function lockWho(tx: Tx, { tenant, batchId, loginIndex }: Who): Promise<void> {
  if (batchId != null) await lockBatches(tx, tenant);
  else if (loginIndex !== null) await lockLogin(tx, tenant, loginIndex);
}

const ofPurpose = (tx: Tx, { tenant, purpose }: Who) =>
  tx.selectFrom('shipments').select('id').where('tenant', '=', tenant).where('purpose', '=', purpose);

function findOpen(tx: Tx, who: Who): Promise<{ id: string } | undefined> {
  return ofPurpose(tx, who)
    .where('dry_run', '=', false)
    .where('order_state', 'not in', ['closed', 'cancelled', 'failed'])
    .where(({ or, and, eb }) => {
      if (who.loginIndex === null) return eb('person', '=', who.person);
      const isSameLogin = eb('login_index', '=', who.loginIndex);
      // Okta may give a login to somebody else: of two known ids, it proves nothing.
      const isSame = who.userId === null ? isSameLogin : and([isSameLogin, eb('okta_user_id', 'is', null)]);
      return or([eb('person', '=', who.person), isSame]);
    })
    .executeTakeFirst();
}

/** @returns false when the index `one_open_shipment` would not have it */
async function insertShipment(ledger: Ledger, tx: Tx, shipment: Shipment, who: Who): Promise<boolean> {
  const { id, tenant, createdAt, note, trigger } = shipment;
  const secrets = sealSecrets(ledger, id, shipment.secrets);
  const opened = await tx
    .with('created', (db) =>
      db
        .insertInto('shipments')
        .values({
          ...columnsOf(shipment),
          person: who.person,
          login_index: who.loginIndex,
          note: note === null ? null : ledger.sealing.seal(note, `shipments.note:${id}`),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id'),
    )
    .with('kept', (db) =>
      db
        .insertInto('secrets')
        .columns(['shipment_id', 'name', 'sealed'])
        .expression(
          sql`select id, name, sealed from created, unnest(${secrets.names}::text[], ${secrets.sealed}::text[]) as secret (name, sealed)`,
        ),
    )
    .with('noted', (db) =>
      db
        .insertInto('history')
        .columns(['shipment_id', 'at', 'event', 'detail'])
        .expression(
          sql`select id, ${createdAt}::timestamptz, 'shipment.requested', ${JSON.stringify({ trigger })}::jsonb from created`,
        ),
    )
    .with('messages', (db) =>
      db
        .insertInto('outbox')
        .columns(['subject_id', 'step', 'tenant', 'priority'])
        .expression(
          sql`select id, step, ${tenant}, ${priorityOf(shipment)}::smallint from created, unnest(${nextSteps(shipment.plan)}::text[]) as step`,
        ),
    )
    .selectFrom('created')
    .select('id')
    .executeTakeFirst();
  return opened !== undefined;
}

const asOverrides = (given: NonNullable<CreateRequest['overrides']>): Overrides => ({
  values: Object.fromEntries(Object.entries(given).map(([field, value]) => [field, { value, source: 'override' }])),
  replaced: {},
});

export function newShipment(ledger: Ledger, request: CreateRequest): Shipment {
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
      cancelRequested: false,
      revokeRequested: false,
      editRequested: false,
      dryRun: request.dryRun ?? false,
    },
    hold: null,
    failure: null,
    liftedHold: null,
    pinPolicy,
    pin: { sentTo: null, sentAt: null },
    order: { providerId: null, placedAt: null, providerState: null, isLocked: false },
    parcel: { carrier: null, trackingNumber: null, trackingUrl: null, inTransitSince: null },
    credential: { enrollmentId: null, keyId: null, serial: null, firmware: null },
    intents: {},
    duplicateOf: null,
    batchId: request.batchId ?? null,
    batchRow: request.batchRow ?? null,
    requestedBy: request.requestedBy ?? null,
    createdAt: now,
    updatedAt: now,
    secrets: {
      ...(login === null ? {} : { login }),
      ...(overrides === undefined || Object.keys(overrides).length === 0 ? {} : { overrides: asOverrides(overrides) }),
    },
  };
}
