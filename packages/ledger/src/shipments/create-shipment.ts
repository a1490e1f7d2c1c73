import { isOfGroup, type Shipment } from '@keycourier/journey/model/shipment';
import type { Product } from '@keycourier/journey/model/tenant';
import type { Obstacle } from '@keycourier/journey/requests/second-key';
import { sql } from 'kysely';

import { lockBatches, lockLogin } from '../batches/lock-batches.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { notifyRelay } from '../outbox/notify-relay.ts';
import { columnsOfNew, insertShipments, overriddenIn, sealedSecretsOf, type NewShipments } from './insert-shipments.ts';
import { newShipment, type CreateRequest } from './new-shipment.ts';
import { loginIndexOf, openShipmentsOf, personOf } from './person.ts';
import { hasActiveKey } from './plan-predicates.ts';

/** An active key is an obstacle for a group's request only. */
export type CreateResult = { outcome: 'created'; shipment: Shipment } | Obstacle;

/**
 * Creates a shipment for a request, unless the person has an open one for the same purpose. A login that an open shipment
 * was resolved from counts as the same person. Runs inside the caller's transaction, with what it must commit with.
 */
export async function createShipment(ledger: Ledger, tx: Tx, request: CreateRequest): Promise<CreateResult> {
  const obstacle = request.dryRun === true ? null : await findObstacle(ledger, tx, request);
  if (obstacle !== null) return obstacle;
  const shipment = newShipment(ledger, request);
  const prepared = { ...prepare(ledger, shipment), by: request.directory?.by };
  const inserted = await insertShipments(tx, prepared, sql`false`);
  // Another transaction was first, and the index refused this one; if that shipment has ended already, this one is created.
  if (inserted.size === 0) return createShipment(ledger, tx, request);
  if (request.notify !== false) await notifyRelay(tx);
  return { outcome: 'created', shipment };
}

function prepare(ledger: Ledger, shipment: Shipment): NewShipments {
  const row = {
    id: shipment.id,
    own: '{}',
    secrets: sealedSecretsOf(ledger, shipment),
    overridden: overriddenIn(shipment),
  };
  return { first: shipment, common: columnsOfNew(ledger, shipment), rows: [row] };
}

async function findObstacle(ledger: Ledger, tx: Tx, request: CreateRequest): Promise<Obstacle | null> {
  const { tenant, purpose, userId, login } = request;
  const person = personOf(ledger, userId, login);
  const loginIndex = login === null ? null : loginIndexOf(ledger, login);
  await lockPerson(tx, request, loginIndex);
  const { byPerson, byLogin } = openShipmentsOf({
    tenant: sql`${tenant}`,
    purpose: sql`${purpose}`,
    person: sql`${person}`,
    loginIndex: sql`${loginIndex}`,
    userId: sql`${userId}`,
  });
  const [open] = (
    await sql<{ shipmentId: string; product: Product; isWithdrawn: boolean }>`
      select id as "shipmentId", json_build_object('productId', product_id,
        'inventoryProductId', inventory_product_id, 'customizationId', customization_id) as product, ${isWithdrawn} as "isWithdrawn"
      from shipments as other where ${byPerson} or ${byLogin} limit 1`.execute(tx)
  ).rows;
  if (open !== undefined) return { outcome: 'already_open', ...open };
  if (!isOfGroup(request)) return null;
  const active = await tx
    .selectFrom('shipments')
    .select(['id', 'revoke_requested'])
    .where('tenant', '=', tenant)
    .where('purpose', '=', purpose)
    .where('person', '=', person)
    .where(hasActiveKey)
    .executeTakeFirst();
  if (active === undefined) return null;
  return { outcome: 'has_active_key', shipmentId: active.id, ...(active.revoke_requested && { isWithdrawn: true }) };
}

const isWithdrawn = sql<boolean>`(cancel_requested or revoke_requested or order_state = 'cancelling')`;

/**
 * The unique index knows a person by id or by login, and not that a request by id and one by login mean the same user, so
 * requests are serialized by login. A batch locks the whole tenant: two batches that lock people one by one could deadlock.
 */
async function lockPerson(tx: Tx, { tenant, batchId }: CreateRequest, loginIndex: string | null): Promise<void> {
  if (batchId != null) await lockBatches(tx, tenant);
  else if (loginIndex !== null) await lockLogin(tx, tenant, loginIndex);
}
