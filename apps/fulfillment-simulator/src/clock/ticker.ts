import { z } from 'zod';

import type { Context } from '../context.ts';
import { nowAtProviderMs, advanceShipment } from './advance-shipment.ts';

const nextShipments = z.array(z.object({ shipment_id: z.string(), is_due: z.boolean() }));
const batchSize = 50;
const selectNext = `select shipment_id, next_change_ms <= $1 as is_due from shipments
  where deleted_at is null and not set_by_hand and next_change_ms is not null order by next_change_ms limit $2`;

/**
 * Advances the shipments that are due: provider time passes even if no client reads them.
 * @returns how many, and whether any shipment has a change to come
 */
export async function advanceDueShipments(context: Context): Promise<{ advanced: number; isAnyUnderWay: boolean }> {
  const { rows } = await context.pool.query(selectNext, [await nowAtProviderMs(context), batchSize]);
  const next = nextShipments.parse(rows);
  const due = next.filter(({ is_due: isDue }) => isDue);
  for (const { shipment_id: shipmentId } of due) await advanceShipment(context, { shipmentId });
  return { advanced: due.length, isAnyUnderWay: next.length > 0 };
}

const pauseAfterFailureMs = 5_000;

/** Ticks to the next where no shipment has a change to come; reading one advances it, too. */
const idleTicks = 8;

export interface Ticker {
  /** Resolves when the current tick has ended. */
  stop: () => Promise<void>;
}

/** One tick; returns the pause before the next. */
async function runTick(context: Context, everyMs: number): Promise<number> {
  try {
    const { advanced, isAnyUnderWay } = await advanceDueShipments(context);
    if (advanced === batchSize) return 0;
    return isAnyUnderWay ? everyMs : everyMs * idleTicks;
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
