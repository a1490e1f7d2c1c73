import type { Status } from '@keycourier/journey/model/status';
import { statuses } from '@keycourier/journey/model/status';
import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

export interface StatusCounts {
  counts: Readonly<Partial<Record<Status, number>>>;
  at: Date;
}

interface Options {
  now?: () => Date;
  onError?: (error: unknown) => void;
}

/** Older ones are not shown: the reader waits for others. */
const maxAgeMs = 60_000;

/** Counting takes at most this share of a database's core, however many pages are open. */
const maxShare = 1 / 50;

const minAgeMs = 2_000;

interface Known {
  latest: StatusCounts | null;
  /** When others are read at the earliest. */
  dueAt: number;
  reading: Promise<StatusCounts> | null;
}

/**
 * The counts of a process's tenants by status, dry runs left out. They are read at most every two seconds, and less often
 * where that takes long: readers get the last ones at once while others are read.
 */
export function createStatusCounts(
  db: Kysely<Tables>,
  { now = () => new Date(), onError = () => undefined }: Options = {},
): { read: (tenant: string) => Promise<StatusCounts> } {
  const tenants = new Map<string, Known>();
  const readAgain = async (tenant: string, known: Known): Promise<StatusCounts> => {
    const begun = now();
    const counts = await countByStatus(db, tenant);
    const ended = now().getTime();
    known.latest = { counts, at: begun };
    known.dueAt = ended + Math.max(minAgeMs, (ended - begun.getTime()) / maxShare);
    return known.latest;
  };
  const startReading = (tenant: string, known: Known): Promise<StatusCounts> => {
    known.reading ??= readAgain(tenant, known).finally(() => {
      known.reading = null;
    });
    return known.reading;
  };
  return {
    read: async (tenant) => {
      const known = tenants.get(tenant) ?? { latest: null, dueAt: 0, reading: null };
      tenants.set(tenant, known);
      const { latest } = known;
      const at = now().getTime();
      if (latest === null || at - latest.at.getTime() > maxAgeMs) return startReading(tenant, known);
      if (at >= known.dueAt) startReading(tenant, known).catch(onError);
      return latest;
    },
  };
}

/** Reads an entry of an index for each shipment of the tenant: 60 ms for 200,000. Each status by itself, or the table is read. */
async function countByStatus(db: Kysely<Tables>, tenant: string): Promise<StatusCounts['counts']> {
  const { rows } = await sql<{ status: string; count: number }>`
    select status, counted.count from unnest(${[...statuses]}::text[]) as status, lateral (
      select count(*)::float8 as count from shipments
      where tenant = ${tenant} and shipments.status = status.status and not dry_run
    ) as counted where counted.count > 0`.execute(db);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
