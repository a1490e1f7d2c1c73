import { isOfGroup, type Shipment } from '@keycourier/journey/model/shipment';
import type { Product } from '@keycourier/journey/model/tenant';
import type { Obstacle } from '@keycourier/journey/requests/second-key';
import { sql, type RawBuilder } from 'kysely';

import { lockBatches, lockingLogin, lockLogin } from '../batches/lock-batches.ts';
import type { Ledger, Tx } from '../connect-ledger.ts';
import { onceInStatement, type Answer, type OnceRequest } from '../idempotency/idempotency.ts';
import { notifyRelay } from '../outbox/notify-relay.ts';
import {
  columnsOfNew,
  insertingShipments,
  insertShipments,
  overriddenIn,
  sealedSecretsOf,
  type NewShipments,
} from './insert-shipments.ts';
import { newShipment, type CreateRequest } from './new-shipment.ts';
import { isAlreadyOpen, loginIndexOf, openShipmentsOf, personOf } from './person.ts';
import { hasActiveKey } from './plan-predicates.ts';

/** An active key is an obstacle for a group's request only. */
export type CreateResult = { outcome: 'created'; shipment: Shipment } | Obstacle;

interface Creation {
  ledger: Ledger;
  tx: Tx;
  /** lockLogin() was called for the login in this transaction. */
  isLoginLocked?: boolean;
  /** More parts of the statement that creates the shipment (insertShipments). */
  also?: RawBuilder<unknown> | undefined;
}

/**
 * Creates a shipment for a request, unless the person has an open one for the same purpose. A login that an open shipment
 * was resolved from counts as the same person. Runs inside the caller's transaction, with what it must commit with.
 */
export const createShipment = (ledger: Ledger, tx: Tx, request: CreateRequest): Promise<CreateResult> =>
  createShipmentIn({ ledger, tx }, request);

/** The same in a transaction of its own, which is one round trip where nothing is in the way. The caller notifies a relay. */
export async function createShipmentAlone(ledger: Ledger, request: CreateRequest): Promise<CreateResult> {
  const shipment = newShipment(ledger, request);
  const isCreated = request.batchId == null && (await insertAlone(ledger, request, { shipment }));
  if (isCreated) return { outcome: 'created', shipment };
  return ledger.db.transaction().execute((tx) => createShipment(ledger, tx, { ...request, notify: false }));
}

/**
 * The same, with the answer to a request that has an Idempotency-Key.
 * @returns the answer, which is stored; null where nothing was done, since the key was used before or the person has a shipment
 */
export async function createShipmentOnce(
  ledger: Ledger,
  request: CreateRequest,
  { once, answerTo }: { once: OnceRequest; answerTo: (shipment: Shipment) => Answer },
): Promise<Answer | null> {
  const shipment = newShipment(ledger, request);
  const answer = answerTo(shipment);
  const { lock, isUsed, storing } = onceInStatement(ledger, once);
  const also = sql`, answer_stored as (${storing(answer, 'created')})`;
  return (await insertAlone(ledger, request, { shipment, locks: [lock], isDone: isUsed, also })) ? answer : null;
}

interface Alone {
  shipment: Shipment;
  locks?: readonly RawBuilder<unknown>[];
  isDone?: RawBuilder<boolean>;
  also?: RawBuilder<unknown>;
}

/**
 * A new shipment in a message of its own, unless something is in its way or `isDone` holds: whether it was inserted, with what the
 * statement does `also` (insertShipments).
 */
export async function insertAlone(ledger: Ledger, request: CreateRequest, alone: Alone): Promise<boolean> {
  const rows = await ledger.together(insertingAlone(ledger, request, alone));
  return rows.at(-1)?.length === 1;
}

/** Its statements, of which the last returns a row where the shipment was inserted. */
export function insertingAlone(
  ledger: Ledger,
  request: CreateRequest,
  { shipment, locks = [], isDone, also }: Alone,
): readonly RawBuilder<unknown>[] {
  const { tenant, login, dryRun } = request;
  const ofLogin = dryRun === true || login === null ? [] : [lockingLogin(tenant, loginIndexOf(ledger, login))];
  const obstacle = unlessOf(request);
  const unless = isDone === undefined ? obstacle : sql<boolean>`(${isDone} or ${obstacle})`;
  const row = prepare(ledger, shipment, request);
  const insert = insertingShipments(row, { unless, isRepeated: true, also });
  return [...locks, ...ofLogin, insert];
}

/** The same with what the transaction has done already, and with what is done by the same statement. */
export async function createShipmentIn(creation: Creation, request: CreateRequest): Promise<CreateResult> {
  const { ledger, tx, isLoginLocked = false, also } = creation;
  const isDryRun = request.dryRun === true;
  if (!isDryRun && !isLoginLocked) await lockPerson(ledger, tx, request);
  const shipment = newShipment(ledger, request);
  const row = prepare(ledger, shipment, request);
  const inserted = await insertShipments(tx, row, { unless: unlessOf(request), isRepeated: true, also });
  if (inserted.size === 0) {
    const obstacle = isDryRun ? null : await findObstacle(ledger, tx, request);
    // What was in the way, also of the index, may have ended since: then this one is created.
    return obstacle ?? createShipmentIn({ ...creation, isLoginLocked: true }, request);
  }
  if (request.notify !== false) await notifyRelay(tx);
  return { outcome: 'created', shipment };
}

/** Once the lock is held, a statement sees what others committed: the shipment that it inserts is judged by the same one. */
function unlessOf(request: CreateRequest): RawBuilder<boolean> {
  if (request.dryRun === true) return sql<boolean>`false`;
  return isOfGroup(request) ? isObstructed : isAlreadyOpen;
}

/** Of a row `new` that a group asks for: the person also has a key of ours that works. */
const isObstructed = sql<boolean>`(${isAlreadyOpen} or exists (
  select from shipments where shipments.tenant = new.tenant and shipments.person = new.person
    and shipments.purpose = new.purpose and ${hasActiveKey}
))`;

function prepare(ledger: Ledger, shipment: Shipment, { directory }: CreateRequest): NewShipments {
  const row = {
    id: shipment.id,
    own: '{}',
    secrets: sealedSecretsOf(ledger, shipment),
    overridden: overriddenIn(shipment),
  };
  return { first: shipment, common: columnsOfNew(ledger, shipment), rows: [row], by: directory?.by };
}

async function findObstacle(ledger: Ledger, tx: Tx, request: CreateRequest): Promise<Obstacle | null> {
  const { tenant, purpose, userId, login } = request;
  const person = personOf(ledger, userId, login);
  const loginIndex = login === null ? null : loginIndexOf(ledger, login);
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
async function lockPerson(ledger: Ledger, tx: Tx, { tenant, batchId, login }: CreateRequest): Promise<void> {
  if (batchId != null) await lockBatches(tx, tenant);
  else if (login !== null) await lockLogin(tx, tenant, loginIndexOf(ledger, login));
}
