import type { Status } from '@keycourier/journey/model/status';
import { statuses } from '@keycourier/journey/model/status';
import { sql, type Kysely } from 'kysely';

import type { Tables } from '../tables.ts';

export type StatusCounts = Readonly<Partial<Record<Status, number>>>;

/** Counts and when they were read. */
export interface Kept<Counts> {
  counts: Counts;
  at: Date;
}

/** The counts of what has this key, as they were read last. */
export interface KeptCounts<Counts> {
  read: (key: string) => Promise<Kept<Counts>>;
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

/** Of more, those that were counted first are forgotten. */
const maxKeys = 1_000;

interface Known<Counts> {
  latest: Kept<Counts> | null;
  /** When others are read at the earliest. */
  dueAt: number;
  reading: Promise<Kept<Counts>> | null;
}

/** The counts of a process's tenants by status, dry runs left out. */
export const createStatusCounts = (db: Kysely<Tables>, options: Options = {}): KeptCounts<StatusCounts> =>
  keepCounts((tenant) => countByStatus(db, tenant), options);

/**
 * Counts of this process that all its readers share. They are read at most every two seconds, and less often where that takes
 * long: readers get the last ones at once while others are read.
 */
export function keepCounts<Counts>(
  count: (key: string) => Promise<Counts>,
  { now = () => new Date(), onError = () => undefined }: Options = {},
): KeptCounts<Counts> {
  const kept = new Map<string, Known<Counts>>();
  const readAgain = async (key: string, known: Known<Counts>): Promise<Kept<Counts>> => {
    const begun = now();
    const counts = await count(key);
    const ended = now().getTime();
    known.latest = { counts, at: begun };
    known.dueAt = ended + Math.max(minAgeMs, (ended - begun.getTime()) / maxShare);
    return known.latest;
  };
  const startReading = (key: string, known: Known<Counts>): Promise<Kept<Counts>> => {
    known.reading ??= readAgain(key, known).finally(() => {
      known.reading = null;
    });
    return known.reading;
  };
  return {
    read: async (key) => {
      const known = kept.get(key) ?? { latest: null, dueAt: 0, reading: null };
      kept.set(key, known);
      for (const first of kept.keys()) if (kept.size > maxKeys) kept.delete(first);
      const { latest } = known;
      const at = now().getTime();
      if (latest === null || at - latest.at.getTime() > maxAgeMs) return startReading(key, known);
      if (at >= known.dueAt) startReading(key, known).catch(onError);
      return latest;
    },
  };
}

/** Reads an entry of an index for each shipment of the tenant: 60 ms for 200,000. Each status by itself, or the table is read. */
async function countByStatus(db: Kysely<Tables>, tenant: string): Promise<StatusCounts> {
  const { rows } = await sql<{ status: string; count: number }>`
    select status, counted.count from unnest(${[...statuses]}::text[]) as status, lateral (
      select count(*)::float8 as count from shipments
      where tenant = ${tenant} and shipments.status = status.status and not dry_run
    ) as counted where counted.count > 0`.execute(db);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
