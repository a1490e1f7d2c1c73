import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { decryptSecrets } from '../shipments/secrets.ts';
import { namesIn, tokensOfName } from './name-tokens.ts';

/**
 * Parts of the statement that moves a shipment, each with a comma in front: its name can be searched for as it is stored now.
 * Nothing where the change stores no name, or the tenant's names are not searchable.
 */
export function writeNamePrefixes(
  ledger: Ledger,
  tenant: string,
  secrets: Parameters<typeof namesIn>[0],
): RawBuilder<unknown> {
  const names = ledger.areNamesSearchable(tenant) ? namesIn(secrets) : null;
  if (names === null) return sql``;
  const tokens = sql`${tokensOfName(ledger.sealing, tenant, names)}::bytea[]`;
  return sql`, names_gone as (
    delete from name_prefixes where shipment_id = (select id from moved) and token <> all(${tokens})
  ), names_added as (
    insert into name_prefixes (tenant, token, shipment_id)
    select ${tenant}, token, moved.id from moved, unnest(${tokens}) as token on conflict do nothing
  )`;
}

/** Of a row of `shipments`: its name has words that begin with those of the query. */
export const isNamed = (tenant: string, tokens: readonly Buffer[]): RawBuilder<boolean> => {
  const each = tokens.map(
    (token) => sql`shipments.id in (
      select shipment_id from name_prefixes where tenant = ${tenant} and token = ${token})`,
  );
  return each.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(each, sql` and `)})`;
};

/** Sorts after every shipment's id. */
const afterAll = 'shp_~';

const rowSchema = z.object({ id: z.string(), secrets: z.record(z.string(), z.string()).nullable() });

/**
 * Makes the names of shipments searchable that were stored before this was, or while it was switched off: the newest first,
 * at most `limit` at a time. Any number of workers may do it. @returns whether there are more
 */
export async function backfillNames(ledger: Ledger, tenant: string, limit: number): Promise<boolean> {
  return ledger.db.transaction().execute(async (tx) => {
    const before = await lockBackfill(tx, tenant);
    if (before === null || before === '') return false;
    const { rows } = await sql`
      select id, (select json_object_agg(name, sealed) from secrets where shipment_id = shipments.id
        and name in ('profile', 'sourced')) as secrets
      from shipments where tenant = ${tenant} and id < ${before} order by id desc limit ${limit}`.execute(tx);
    const found = z.array(rowSchema).parse(rows);
    await addTokens(ledger, tx, { tenant, found });
    const last = found.length < limit ? '' : (found.at(-1)?.id ?? '');
    await sql`update name_backfills set before_id = ${last} where tenant = ${tenant}`.execute(tx);
    return last !== '';
  });
}

async function lockBackfill(tx: Tx, tenant: string): Promise<string | null> {
  await sql`insert into name_backfills (tenant, before_id) values (${tenant}, ${afterAll})
    on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ before: string }>`
    select before_id as before from name_backfills where tenant = ${tenant} for update skip locked`.execute(tx);
  return rows[0]?.before ?? null;
}

interface Found {
  tenant: string;
  found: readonly z.infer<typeof rowSchema>[];
}

/** One that cannot be read has no name to find it by, and keeps no other from being found. */
function readIfPossible(ledger: Ledger, id: string, secrets: Readonly<Record<string, string>>): Shipment['secrets'] {
  try {
    return decryptSecrets(ledger, id, secrets);
  } catch {
    return {};
  }
}

/** A move of the same moment adds tokens of its own; one that is stored twice is stored once. */
async function addTokens(ledger: Ledger, tx: Tx, { tenant, found }: Found): Promise<void> {
  const tokens = found.flatMap(({ id, secrets }) => {
    const known = secrets === null ? {} : readIfPossible(ledger, id, secrets);
    return tokensOfName(ledger.sealing, tenant, namesIn(known) ?? []).map((token) => ({ id, token }));
  });
  if (tokens.length === 0) return;
  await sql`
    insert into name_prefixes (tenant, token, shipment_id)
    select ${tenant}, token, id from unnest(${tokens.map(({ id }) => id)}::text[], ${tokens.map(({ token }) => token)}::bytea[])
      as stored (id, token)
    where exists (select from secrets where shipment_id = id)
    order by 1, 2, 3 on conflict do nothing`.execute(tx);
}

/** Deletes what a tenant's names can be searched by, once that is switched off, at most `limit` at a time. @returns how many */
export async function dropNames(ledger: Pick<Ledger, 'db'>, tenant: string, limit: number): Promise<number> {
  await ledger.db.deleteFrom('name_backfills').where('tenant', '=', tenant).execute();
  const { numAffectedRows } = await sql`
    delete from name_prefixes where ctid = any(array(
      select ctid from name_prefixes where tenant = ${tenant} limit ${limit}))`.execute(ledger.db);
  return Number(numAffectedRows ?? 0n);
}
