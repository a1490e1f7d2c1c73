import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { lockShipment, readShipment, saveShipment, type Shipment, type WhichShipment } from '../orders/shipment.ts';
import { programmingModes } from '../programming/modes.ts';
import { programKey } from '../programming/program-key.ts';
import { providerTimeMs, readClock } from './clock.ts';
import { hasShipped, stageAt, type Stage } from './state-route.ts';

/** Brings one shipment up to the provider's time and returns it; undefined when there is none. */
export async function settleShipment(context: Context, which: WhichShipment): Promise<Shipment | undefined> {
  const shipment = await readShipment(context.pool, which);
  if (shipment === undefined) return undefined;
  const [settled] = await settleShipments(context, [shipment]);
  return settled;
}

/** The same for shipments that have been read; those that were deleted meanwhile are left out. */
export async function settleShipments(context: Context, shipments: readonly Shipment[]): Promise<Shipment[]> {
  const nowMs = await nowAtProviderMs(context);
  const settled: Shipment[] = [];
  for (const shipment of shipments) {
    const current = isDue(shipment, nowMs) ? await lockAndSettle(context, shipment.shipment_id) : shipment;
    if (current !== undefined) settled.push(current);
  }
  return settled;
}

async function lockAndSettle(context: Context, shipmentId: string): Promise<Shipment | undefined> {
  return inTransaction(context.pool, async (client) => {
    const locked = await lockShipment(client, { shipmentId });
    return locked && settleLocked(context, client, locked);
  });
}

/** Brings a shipment that the caller has locked up to the provider's time. Whoever comes second finds nothing left to do. */
export async function settleLocked(context: Context, client: PoolClient, shipment: Shipment): Promise<Shipment> {
  const nowMs = await nowAtProviderMs(context, client);
  if (!isDue(shipment, nowMs)) return shipment;
  const stage = stageAt(nowMs - shipment.route_started_ms, shipment.verdict.kind);
  return enterStage(context, client, shipment, stage);
}

/** Puts a locked shipment into a state; in 103 and 104 its key has been programmed, once, before this is kept. */
export async function enterStage(
  context: Context,
  client: PoolClient,
  shipment: Shipment,
  stage: Stage,
): Promise<Shipment> {
  const now = new Date(context.nowMs());
  const shipped = hasShipped(stage.stateId);
  const entered: Shipment = {
    ...shipment,
    ...(shipped && shipment.product_data === null ? await program(context, client, shipment) : {}),
    state_id: stage.stateId,
    next_change_ms: stage.nextAfterMs === null ? null : shipment.route_started_ms + stage.nextAfterMs,
    updated_at: now,
    shipped_at: shipment.shipped_at ?? (shipped ? now : null),
    delivered_at: stage.stateId === 104 ? (shipment.delivered_at ?? now) : shipment.delivered_at,
  };
  await saveShipment(client, entered);
  context.logger.debug({ shipmentId: shipment.shipment_id, stateId: stage.stateId }, 'shipment entered a state');
  return entered;
}

// Stored stages only ever move on: a wall clock that is set back makes nothing due.
const isDue = ({ set_by_hand: byHand, next_change_ms: nextMs }: Shipment, nowMs: number): boolean =>
  !byHand && nextMs !== null && nextMs <= nowMs;

export async function nowAtProviderMs(context: Context, client?: PoolClient): Promise<number> {
  return providerTimeMs(await readClock(client ?? context.pool), context.nowMs());
}

const needed = z.object({ mode: z.enum(programmingModes), serial: z.string() });

/** Programs the key and forgets what only the programming needed. */
async function program(
  context: Context,
  client: PoolClient,
  shipment: Shipment,
): Promise<Pick<Shipment, 'product_data' | 'pin_request_jwe' | 'credential_request_jwes'>> {
  const { rows } = await client.query(
    "select programming_mode as mode, nextval('yubikey_serials')::text as serial from provider",
  );
  const { mode, serial } = needed.parse(rows[0]);
  const productData = await programKey(context.keys, {
    shipmentId: shipment.shipment_id,
    serial,
    pinRequestJwe: shipment.pin_request_jwe ?? '',
    credentialRequestJwes: shipment.credential_request_jwes ?? [],
    pinCopyKey: context.organizations.find(({ name }) => name === shipment.organization)?.pinCopyKey,
    mode,
  });
  return { product_data: productData, pin_request_jwe: null, credential_request_jwes: null };
}
