import type { HubSettings } from '@keycourier/journey/ports/hub';
import { sql } from 'kysely';
import { z } from 'zod';

import { inTransaction, type Database, type Tx } from '../connect-ledger.ts';
import { compareAfterChange } from './require-comparisons.ts';
import { endOutdatedImports } from './run-imports.ts';
import {
  goesBothWays,
  linkPushedPeople,
  lockDirection,
  noSourcing,
  sourcingOf,
  sourcingValues,
  type Sourcing,
  type SourcingChanges,
} from './sourcing.ts';

/** A link whose parts were never switched is off; an initial status is a person's own, or that of the link. */
export interface LinkSettings extends HubSettings {
  /** Null: it compares when it is asked to, and never by itself. */
  compareEveryMs: number | null;
  sourcing: Sourcing;
}

const mapping = z.array(z.strictObject({ path: z.string(), target: z.string().nullable() }));

const dayMs = 86_400_000;

export async function readHubSettings({ db }: { db: Database | Tx }, tenant: string): Promise<LinkSettings> {
  const row = await db.selectFrom('hub_settings').selectAll().where('tenant', '=', tenant).executeTakeFirst();
  if (row === undefined) return unset;
  return {
    revision: row.revision,
    switches: {
      create: row.creates,
      update: row.updates,
      deactivate: row.deactivates,
      reactivate: row.reactivates,
      sendEmail: row.sends_email,
    },
    initialStatus: {
      create: row.status_on_create,
      link: row.status_on_link,
      reactivation: row.status_on_reactivation,
    },
    mapping: mapping.parse(row.mapping),
    compareEveryMs: row.compare_every_ms === null ? null : Number(row.compare_every_ms),
    sourcing: sourcingOf(row),
  };
}

const unset: LinkSettings = {
  revision: '0',
  switches: { create: false, update: false, deactivate: false, reactivate: false, sendEmail: true },
  initialStatus: {
    create: 'active_without_pass',
    link: 'active_without_pass',
    reactivation: 'active_without_pass',
  },
  mapping: [],
  compareEveryMs: dayMs,
  sourcing: noSourcing,
};

/** Parts of an object: those that are absent stay as they are. */
type Some<Whole> = { [Part in keyof Whole]?: Whole[Part] | undefined } | undefined;

export interface SettingsChanges {
  switches?: Some<HubSettings['switches']>;
  initialStatus?: Some<HubSettings['initialStatus']>;
  mapping?: HubSettings['mapping'] | undefined;
  compareEveryMs?: number | null | undefined;
  sourcing?: SourcingChanges;
}

function valuesOf(before: LinkSettings, changes: SettingsChanges) {
  const { switches, initialStatus, mapping: rows, compareEveryMs, sourcing } = changes;
  const every = compareEveryMs === undefined ? before.compareEveryMs : compareEveryMs;
  return {
    creates: switches?.create ?? before.switches.create,
    updates: switches?.update ?? before.switches.update,
    deactivates: switches?.deactivate ?? before.switches.deactivate,
    reactivates: switches?.reactivate ?? before.switches.reactivate,
    sends_email: switches?.sendEmail ?? before.switches.sendEmail,
    status_on_create: initialStatus?.create ?? before.initialStatus.create,
    status_on_link: initialStatus?.link ?? before.initialStatus.link,
    status_on_reactivation: initialStatus?.reactivation ?? before.initialStatus.reactivation,
    mapping: JSON.stringify(rows ?? before.mapping),
    compare_every_ms: every,
    compare_due_at: every === null ? null : sql<Date>`now()`,
    ...sourcingValues(before.sourcing, sourcing),
  };
}

/**
 * Changes some of a link's settings. Its people are compared anew, so that those who differ by now are pushed; where the hub is
 * their source, the next import reads everyone.
 * @param changes parts that are absent stay
 * @returns the settings; null where `revision` is not that of the settings any more; `two_directions` where the link would
 * push to a hub that is its source
 */
export async function changeHubSettings(
  ledger: { db: Database },
  tenant: string,
  { revision, ...changes }: SettingsChanges & { revision?: string | undefined },
): Promise<LinkSettings | null | 'two_directions'> {
  return inTransaction(ledger.db, async (db) => {
    await lockDirection(db, tenant, 'change');
    const before = await readHubSettings({ db }, tenant);
    if (revision !== undefined && revision !== before.revision) return null;
    const values = valuesOf(before, changes);
    if (await goesBothWays(db, tenant, values)) return 'two_directions';
    // Before the settings, in which order an import that ends locks them.
    await endOutdatedImports(db, tenant);
    await db
      .insertInto('hub_settings')
      .values({ tenant, revision: 1, ...values })
      .onConflict((conflict) =>
        conflict.column('tenant').doUpdateSet({ ...values, revision: sql`hub_settings.revision + 1` }),
      )
      .execute();
    await compareAfterChange(db, tenant);
    if (values.sources && !before.sourcing.isOn) await linkPushedPeople(db, tenant);
    return readHubSettings({ db }, tenant);
  });
}
