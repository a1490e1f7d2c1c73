import { standardRateLimitShare } from '@keycourier/journey/ports/pace';
import type { PostgresLimits, PostgresUse } from '@keycourier/runtime/postgres-limits';
import { createPool } from '@keycourier/runtime/postgres-pool';
import { runFollowed, runTogether } from '@keycourier/runtime/postgres-together';
import { Kysely, PostgresDialect, sql, type RawBuilder, type Transaction } from 'kysely';

import { createNotifier, type Notifier, type SendFollowed } from './outbox/notify-relay.ts';
import type { Sealing } from './sealing.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;
export type Tx = Transaction<Tables>;

export interface LedgerOptions {
  databaseUrl: string;
  sealing: Sealing;
  /** Connections at most; a receiver needs few, a worker one for each running job. */
  maxConnections: number;
  /** Which limits its statements have; those of a worker's by default. */
  use?: PostgresUse;
  /** In place of those of its use. */
  limits?: Partial<PostgresLimits> | undefined;
  /** How many of a tenant's requests may be at the provider at once (ARCHITECTURE.md, "One request at a time"). */
  maxRequestsInFlight: (tenant: string) => number;
  /** Whether the tenant shows Okta who has a key; no tenant does by default. Only a process that changes credentials needs it. */
  isRegistrationWritten?: (tenant: string) => boolean;
  /** Whether its keys are registered in its hub; no tenant's are by default. Only a process that publishes needs it. */
  areKeysInHub?: (tenant: string) => boolean;
  /** The share of Okta's rate limits that a tenant's batches and dry runs may use; a half by default. */
  rateLimitShare?: (tenant: string) => number;
  /** Whether the names of a tenant's people can be searched for; they can by default. */
  areNamesSearchable?: (tenant: string) => boolean;
  /** How long a request that is not yet checked keeps later ones from overtaking it. */
  checkGraceMs?: number;
  /** The time of records. Times that processes must agree on (leases, due times) are the database's. */
  now?: () => Date;
  onPoolError?: (error: Error) => void;
  /** Whether a move returns only when the slot that it freed is granted, as it does by default; or else that is done meanwhile. */
  waitsForGrants?: boolean;
  /** Of work after a commit whose outcome no caller sees: what it leaves undone, the sweep does. */
  onWorkError?: (error: unknown) => void;
}

/** A connection pool to the database, and what every query needs beside it. */
export interface Ledger {
  db: Database;
  /** Runs statements as one transaction that needs one round trip: the rows of each (postgres-together.ts). */
  together: (statements: readonly RawBuilder<unknown>[]) => Promise<readonly (readonly unknown[])[]>;
  /** Sends two statements in one piece, each a transaction of its own: the second sees the first committed (postgres-together.ts). */
  followed: SendFollowed;
  sealing: Sealing;
  now: () => Date;
  maxRequestsInFlight: (tenant: string) => number;
  isRegistrationWritten: (tenant: string) => boolean;
  areKeysInHub: (tenant: string) => boolean;
  rateLimitShare: (tenant: string) => number;
  areNamesSearchable: (tenant: string) => boolean;
  checkGraceMs: number;
  waitsForGrants: boolean;
  onWorkError: (error: unknown) => void;
  /** Work that no call waits for; close() does. */
  underWay: Set<Promise<unknown>>;
  notifier: Notifier;
  /** Of deliveries that are to be unpacked. */
  deliveryNotifier: Notifier;
  close: () => Promise<void>;
}

/** Creates the pool. Connects lazily: an unreachable database is an error of the query, not of this call. */
export function connectLedger(options: LedgerOptions): Ledger {
  const { databaseUrl, maxConnections, use = 'job', limits, onPoolError: onError } = options;
  const pool = createPool({ databaseUrl, use, limits, maxConnections, applicationName: 'keycourier', onError });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const followed: SendFollowed = ([first, second], onEnded) =>
    runFollowed(pool, [first.compile(db), second.compile(db)], onEnded);
  const notifier = createNotifier(db, '', followed);
  const deliveryNotifier = createNotifier(db, 'deliveries');
  const underWay = new Set<Promise<unknown>>();
  return {
    db,
    together: (statements) =>
      runTogether(
        pool,
        statements.map((one) => one.compile(db)),
      ),
    followed,
    sealing: options.sealing,
    now: options.now ?? (() => new Date()),
    maxRequestsInFlight: options.maxRequestsInFlight,
    isRegistrationWritten: options.isRegistrationWritten ?? (() => false),
    areKeysInHub: options.areKeysInHub ?? (() => false),
    rateLimitShare: options.rateLimitShare ?? (() => standardRateLimitShare),
    areNamesSearchable: options.areNamesSearchable ?? (() => true),
    checkGraceMs: options.checkGraceMs ?? 30_000,
    waitsForGrants: options.waitsForGrants ?? true,
    onWorkError: options.onWorkError ?? (() => undefined),
    underWay,
    notifier,
    deliveryNotifier,
    close: async () => {
      // One that ends may begin another.
      while (underWay.size > 0) await Promise.allSettled(underWay);
      await Promise.all([notifier.flush(), deliveryNotifier.flush()]);
      await db.destroy();
    },
  };
}

/** Work in a transaction: the caller's, where `db` is one, else one of its own. */
export const inTransaction = <Result>(db: Database, work: (tx: Database) => Promise<Result>): Promise<Result> =>
  db.isTransaction ? work(db) : db.transaction().execute(work);

/** Whether the worker has created the tables. */
export async function hasSchema(db: Database): Promise<boolean> {
  const { rows } = await sql<{ exists: boolean }>`select to_regclass('shipments') is not null as exists`.execute(db);
  return rows.some(({ exists }) => exists);
}
