import type { SourcingSettings } from '@keycourier/journey/hub/import-changes';
import { sql, type RawBuilder, type Selectable } from 'kysely';

import type { Database, Tx } from '../connect-ledger.ts';
import type { HubTables } from './tables.ts';

/** What a link does where the hub is the source of the spoke's people; it pushes no one then. */
export interface Sourcing extends SourcingSettings {
  isOn: boolean;
  /** Of the linked people, how many one import may change without an operator; 0 to 1. */
  maxShare: number;
  /** Null: it imports when it is asked to, and never by itself. */
  everyMs: number | null;
}

/** The one home of these times (docs/limits.md). */
export const sourcingTimes = {
  /** How often everyone is read, beside those who changed. */
  fullEveryMs: 24 * 3_600_000,
  defaultEveryMs: 3_600_000,
  minEveryMs: 300_000,
  maxEveryMs: 30 * 86_400_000,
} as const;

export const noSourcing: Sourcing = {
  isOn: false,
  create: false,
  deactivate: true,
  reactivate: false,
  maxShare: 0.2,
  everyMs: sourcingTimes.defaultEveryMs,
};

export const sourcingOf = (row: Selectable<HubTables['hub_settings']>): Sourcing => ({
  isOn: row.sources,
  create: row.source_creates,
  deactivate: row.source_deactivates,
  reactivate: row.source_reactivates,
  maxShare: row.source_max_share,
  everyMs: row.source_every_ms === null ? null : Number(row.source_every_ms),
});

export type SourcingChanges = { [Part in keyof Sourcing]?: Sourcing[Part] | undefined } | undefined;

/** Changed settings are about everyone: the next import reads all. */
export function sourcingValues(before: Sourcing, changes: SourcingChanges) {
  const after: Sourcing = {
    isOn: changes?.isOn ?? before.isOn,
    create: changes?.create ?? before.create,
    deactivate: changes?.deactivate ?? before.deactivate,
    reactivate: changes?.reactivate ?? before.reactivate,
    maxShare: changes?.maxShare ?? before.maxShare,
    everyMs: changes?.everyMs === undefined ? before.everyMs : changes.everyMs,
  };
  return {
    sources: after.isOn,
    source_creates: after.create,
    source_deactivates: after.deactivate,
    source_reactivates: after.reactivate,
    source_max_share: after.maxShare,
    source_every_ms: after.everyMs,
    source_due_at: after.isOn && after.everyMs !== null ? sql<Date>`now()` : null,
    source_full_due_at: null,
  };
}

/** A link has one direction: those who change it, and those who begin something by it, wait for each other until their commit. */
export const lockDirection = (db: Database | Tx, tenant: string, mode: 'change' | 'use'): Promise<unknown> =>
  sql`select ${mode === 'use' ? sql`pg_advisory_xact_lock_shared` : sql`pg_advisory_xact_lock`}(
    hashtextextended(${['hub direction', tenant].join('\n')}, 0))`.execute(db);

/** Whether the hub is the source of the tenant's people: nothing is pushed there. In a transaction it stays so until the commit. */
export async function isHubSource(db: Database | Tx, tenant: string): Promise<boolean> {
  await lockDirection(db, tenant, 'use');
  const row = await db.selectFrom('hub_settings').select('sources').where('tenant', '=', tenant).executeTakeFirst();
  return row?.sources ?? false;
}

interface Directions {
  sources: boolean;
  creates: boolean;
  updates: boolean;
  deactivates: boolean;
  reactivates: boolean;
}

/** Whether a link with these settings would push to a hub that is its source. Okta's Org2Org has one direction, too. */
export async function goesBothWays(db: Database | Tx, tenant: string, after: Directions): Promise<boolean> {
  if (!after.sources) return false;
  if (after.creates || after.updates || after.deactivates || after.reactivates) return true;
  const group = db.selectFrom('mirror_groups').select('id').where('tenant', '=', tenant).limit(1);
  return (await group.executeTakeFirst()) !== undefined;
}

/** Of `sourced_people`, whose links are with users of this hub: what is known of another one says nothing of it. */
export const isOfHub = (hubOrg: string): RawBuilder<boolean> => sql<boolean>`coalesce(hub_org, ${hubOrg}) = ${hubOrg}`;

/** People whom the link has pushed keep their users of the hub: imports find them without a look at their logins. */
export async function linkPushedPeople(db: Database | Tx, tenant: string): Promise<void> {
  await sql`
    insert into sourced_people (tenant, hub_user_id, hub_org, okta_user_id, state)
    select tenant, hub_user_id, hub_org, okta_user_id, 'linked' from mirrors
    where tenant = ${tenant} and hub_user_id is not null and state = 'linked'
    on conflict do nothing`.execute(db);
}
