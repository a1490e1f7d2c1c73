import { z } from 'zod';

import type { Context } from '../context.ts';
import { nowAtProviderMs, advanceShipment } from './advance-shipment.ts';

const due = z.array(z.object({ shipment_id: z.string() }));
const batchSize = 50;
const selectDue = `select shipment_id from shipments
  where deleted_at is null and not set_by_hand and next_change_ms <= $1 order by next_change_ms limit $2`;

/** Advances the shipments that are due and returns their number: provider time passes even if no client reads them. */
export async function advanceDueShipments(context: Context): Promise<number> {
  const { rows } = await context.pool.query(selectDue, [await nowAtProviderMs(context), batchSize]);
  const shipments = due.parse(rows);
  for (const { shipment_id: shipmentId } of shipments) await advanceShipment(context, { shipmentId });
  return shipments.length;
}

const pauseAfterFailureMs = 5_000;

export interface Ticker {
  /** Resolves when the current tick has ended. */
  stop: () => Promise<void>;
}

/** One tick; returns the pause before the next. */
async function runTick(context: Context, everyMs: number): Promise<number> {
  try {
    return (await advanceDueShipments(context)) === batchSize ? 0 : everyMs;
  } catch (error) {
    context.logger.warn({ err: error }, 'advancing the shipments that are due failed');
    return pauseAfterFailureMs;
  }
}

/** Checks all shipments at an interval. Its timer does not keep the process alive. */
export function startTicker(context: Context, everyMs: number): Ticker {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => wait(await runTick(context, everyMs));
  const wait = (pauseMs: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = tick();
    }, pauseMs);
    timer.unref();
  };
  wait(everyMs);
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
