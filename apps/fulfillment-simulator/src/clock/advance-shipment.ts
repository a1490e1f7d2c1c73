import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Context } from '../context.ts';
import { inTransaction } from '../database/transaction.ts';
import { lockShipment, readShipment, saveShipment, type Shipment, type WhichShipment } from '../orders/shipment.ts';
import { programmingModes } from '../programming/modes.ts';
import { programKey } from '../programming/program-key.ts';
import { providerTimeMs, readClock } from './clock.ts';
import { hasShipped, stateAt, type TimedState } from './order-states.ts';

/** Updates one shipment to the provider's current time and returns it; undefined if it does not exist. */
export async function advanceShipment(context: Context, which: WhichShipment): Promise<Shipment | undefined> {
  const shipment = await readShipment(context.pool, which);
  if (shipment === undefined) return undefined;
  const [advanced] = await advanceShipments(context, [shipment]);
  return advanced;
}

/** The same for shipments that have been read already; those deleted in the meantime are left out. */
export async function advanceShipments(context: Context, shipments: readonly Shipment[]): Promise<Shipment[]> {
  const nowMs = await nowAtProviderMs(context);
  const advanced: Shipment[] = [];
  for (const shipment of shipments) {
    const current = isDue(shipment, nowMs) ? await lockAndAdvance(context, shipment.shipment_id) : shipment;
    if (current !== undefined) advanced.push(current);
  }
  return advanced;
}

async function lockAndAdvance(context: Context, shipmentId: string): Promise<Shipment | undefined> {
  return inTransaction(context.pool, async (client) => {
    const locked = await lockShipment(client, { shipmentId });
    return locked && advanceLocked(context, client, locked);
  });
}

/** Updates a shipment that the caller has locked to the provider's time. Calling it again has no further effect. */
export async function advanceLocked(context: Context, client: PoolClient, shipment: Shipment): Promise<Shipment> {
  const nowMs = await nowAtProviderMs(context, client);
  if (!isDue(shipment, nowMs)) return shipment;
  const state = stateAt(nowMs - shipment.route_started_ms, shipment.verdict.kind);
  return enterState(context, client, { shipment, state });
}

/** Puts a locked shipment into a state. Its key is programmed once, when it first enters 103 or 104. */
export async function enterState(
  context: Context,
  client: PoolClient,
  { shipment, state }: { shipment: Shipment; state: TimedState },
): Promise<Shipment> {
  const now = new Date(context.nowMs());
  const shipped = hasShipped(state.stateId);
  const entered: Shipment = {
    ...shipment,
    ...(shipped && shipment.product_data === null ? await program(context, client, shipment) : {}),
    state_id: state.stateId,
    next_change_ms: state.nextAfterMs === null ? null : shipment.route_started_ms + state.nextAfterMs,
    updated_at: now,
    shipped_at: shipment.shipped_at ?? (shipped ? now : null),
    delivered_at: state.stateId === 104 ? (shipment.delivered_at ?? now) : shipment.delivered_at,
  };
  await saveShipment(client, entered);
  context.logger.debug({ shipmentId: shipment.shipment_id, stateId: state.stateId }, 'shipment entered a state');
  return entered;
}

// Stored states only move forward: if the wall clock is set back, nothing is due.
const isDue = ({ set_by_hand: byHand, next_change_ms: nextMs }: Shipment, nowMs: number): boolean =>
  !byHand && nextMs !== null && nextMs <= nowMs;

export async function nowAtProviderMs(context: Context, client?: PoolClient): Promise<number> {
  return providerTimeMs(await readClock(client ?? context.pool), context.nowMs());
}

const settings = z.object({ mode: z.enum(programmingModes), serial: z.string() });

/** Programs the key and clears the request JWEs, which only the programming needs. */
async function program(
  context: Context,
  client: PoolClient,
  shipment: Shipment,
): Promise<Pick<Shipment, 'product_data' | 'pin_request_jwe' | 'credential_request_jwes'>> {
  const { rows } = await client.query(
    "select programming_mode as mode, nextval('yubikey_serials')::text as serial from provider",
  );
  const { mode, serial } = settings.parse(rows[0]);
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
