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
  org.settings.current().hooksStopped
    ? undefined
    : inTransaction(org.db, async (tx) => {
        const [due] = await select(tx, rowSchema, {
          text: `select * from hook_delivery where hook_id = $1 and due <= clock_timestamp() order by due limit 1`,
          values: [hookId],
        });
        if (due !== undefined) return due;
        const queued = await select(tx, z.object({ seq: z.string() }), {
          text: `with chosen as (
         select seq, rank from hook_queue where hook_id = $1 and due <= clock_timestamp() order by rank, seq limit ${batchSize}
       ), taken as (
         delete from hook_queue where hook_id = $1 and seq in (select seq from chosen)
       )
       select seq::text from chosen order by rank, seq`,
          values: [hookId],
        });
        if (queued.length === 0) return undefined;
        const seqs = queued.map(({ seq }) => seq);
        const [made] = await select(tx, rowSchema, {
          text: `insert into hook_delivery (event_id, hook_id, seqs, event_time, due)
       values ($1, $2, $3, $4, clock_timestamp()) returning *`,
          values: [randomUUID(), hookId, seqs, org.now()],
        });
        return made;
      });

/** The hooks with due events or deliveries, none while the hooks are stopped, and whether any may become due. */
export async function hooksWithWork(org: Org): Promise<{ due: readonly string[]; isWaiting: boolean }> {
  if (org.settings.current().hooksStopped) return { due: [], isWaiting: true };
  const rows = await select(
    org.db,
    z.object({ hook_id: z.string(), is_due: z.boolean() }),
    `select hook_id, bool_or(due <= clock_timestamp()) as is_due
     from (select hook_id, due from hook_queue union all select hook_id, due from hook_delivery) as waiting group by hook_id`,
  );
  return { due: rows.filter(({ is_due }) => is_due).map(({ hook_id }) => hook_id), isWaiting: rows.length > 0 };
}

export async function eventsOf(org: Org, delivery: Delivery): Promise<z.infer<typeof logEventSchema>[]> {
  const rows = await select(org.db, z.object({ body: logEventSchema }), {
    text: 'select body from log_event where seq = any($1::bigint[]) order by array_position($1::bigint[], seq)',
    values: [delivery.seqs],
  });
  return rows.map(({ body }) => body);
}
