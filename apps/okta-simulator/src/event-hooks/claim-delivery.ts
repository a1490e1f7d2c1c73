import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { Org } from '../context.ts';
import { inTransaction, select } from '../store/database.ts';
import { logEventSchema } from '../system-log/log-event.ts';

/** The maximum number of events in one POST. Okta documents batched deliveries without a maximum. */
const batchSize = 10;

const rowSchema = z.object({
  event_id: z.string(),
  hook_id: z.string(),
  seqs: z.array(z.string()),
  event_time: z.date(),
  attempts: z.number(),
});

export type Delivery = z.infer<typeof rowSchema>;

/** The delivery that is due, else a new one with queued events; undefined if there is neither. */
export const claimDelivery = async (org: Org, hookId: string): Promise<Delivery | undefined> =>
  inTransaction(org.db, async (tx) => {
    const [due] = await select(tx, rowSchema, {
      text: `select * from hook_delivery where hook_id = $1 and due <= clock_timestamp() order by due limit 1`,
      values: [hookId],
    });
    if (due !== undefined) return due;
    const queued = await select(tx, z.object({ seq: z.string() }), {
      text: `delete from hook_queue where hook_id = $1 and seq in
         (select seq from hook_queue where hook_id = $1 order by seq limit ${batchSize})
       returning seq`,
      values: [hookId],
    });
    if (queued.length === 0) return undefined;
    const seqs = queued.map(({ seq }) => seq).toSorted((one, other) => Number(one) - Number(other));
    const [made] = await select(tx, rowSchema, {
      text: `insert into hook_delivery (event_id, hook_id, seqs, event_time, due)
       values ($1, $2, $3, $4, clock_timestamp()) returning *`,
      values: [randomUUID(), hookId, seqs, org.now()],
    });
    return made;
  });

/** The hooks with queued events or due deliveries. */
export async function hooksWithWork(org: Org): Promise<string[]> {
  const rows = await select(
    org.db,
    z.object({ hook_id: z.string() }),
    `select hook_id from hook_queue union select hook_id from hook_delivery where due <= clock_timestamp()`,
  );
  return rows.map(({ hook_id }) => hook_id);
}

export async function eventsOf(org: Org, delivery: Delivery): Promise<z.infer<typeof logEventSchema>[]> {
  const rows = await select(org.db, z.object({ body: logEventSchema }), {
    text: 'select body from log_event where seq = any($1::bigint[]) order by seq',
    values: [delivery.seqs],
  });
  return rows.map(({ body }) => body);
}
