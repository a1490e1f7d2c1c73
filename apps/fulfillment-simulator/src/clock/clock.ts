import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

import { inTransaction } from '../database/transaction.ts';

/** Provider time in milliseconds since the simulator's first start, as of `since_ms` of the wall clock. */
const clockSchema = z.object({ speed: z.number(), provider_ms: z.number(), since_ms: z.number() });
export type Clock = z.infer<typeof clockSchema>;

/** Higher speeds would exceed the precision of a double. */
export const speedSchema = z.number().min(0).max(10_000_000);

export const clockRequestSchema = z.strictObject({ speed: speedSchema });

export function providerTimeMs(clock: Clock, wallMs: number): number {
  return clock.provider_ms + Math.max(0, wallMs - clock.since_ms) * clock.speed;
}

/** The clock with a new speed from now on; the provider time so far is kept. */
export function withSpeed(clock: Clock, speed: number, wallMs: number): Clock {
  return { speed, provider_ms: providerTimeMs(clock, wallMs), since_ms: wallMs };
}

export async function readClock(client: Pool | PoolClient): Promise<Clock> {
  const { rows } = await client.query('select speed, provider_ms, since_ms from provider');
  return clockSchema.parse(rows[0]);
}

export const setSpeed = async (pool: Pool, speed: number, nowMs: () => number): Promise<Clock> =>
  inTransaction(pool, async (client) => {
    const { rows } = await client.query('select speed, provider_ms, since_ms from provider for update');
    const clock = withSpeed(clockSchema.parse(rows[0]), speed, nowMs());
    const values = [clock.speed, clock.provider_ms, clock.since_ms];
    await client.query('update provider set speed = $1, provider_ms = $2, since_ms = $3', values);
    return clock;
  });
