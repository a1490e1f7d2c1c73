import { sql } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';

/** How an operator reads the console. A later version may have more of them. */
const schema = z.object({
  /** Columns of the list of shipments, in order; empty: the standard ones. */
  columns: z.array(z.string().max(40)).max(40).catch([]),
  time: z.enum(['local', 'utc', 'relative']).catch('relative'),
  /** Single keys do something (WCAG 2.1.4: they can be switched off). */
  keyboard: z.boolean().catch(true),
  /** The tenant whose pages were shown last. */
  lastTenant: z.string().max(100).nullable().catch(null),
});

export type Preferences = z.infer<typeof schema>;

export const standardPreferences: Preferences = schema.parse({});

/** An operator's preferences; what was never chosen, or is unknown to this version, is as standard. */
export async function readPreferences({ db }: Pick<Ledger, 'db'>, operator: string): Promise<Preferences> {
  const row = await db
    .selectFrom('operator_preferences')
    .select('preferences')
    .where('operator', '=', operator)
    .executeTakeFirst();
  return row === undefined ? standardPreferences : schema.parse(row.preferences);
}

/** Changes some preferences; the others stay, also when two tabs change different ones at once. */
export async function changePreferences(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  operator: string,
  change: Partial<Preferences>,
): Promise<void> {
  await sql`
    insert into operator_preferences as known (operator, preferences, updated_at)
    values (${operator}, ${JSON.stringify(change)}::jsonb, ${now()})
    on conflict (operator) do update set preferences = known.preferences || excluded.preferences,
      updated_at = excluded.updated_at`.execute(db);
}
