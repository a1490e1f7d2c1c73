import type { PostgresUse } from '@keycourier/runtime/postgres-limits';
import { createPool } from '@keycourier/runtime/postgres-pool';
import { createPostgresBackend, isPgPool, withBackend, type PgPool } from 'bullmq';
import type { Pool } from 'pg';

import { QueueStoreError } from './errors.ts';
import { postgresSchema } from './namespace.ts';

/** BullMQ's classes with Postgres as their store. */
export const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);

/** BullMQ cannot load pg itself in an ES module, so it gets a pool, whose search path is then the schema. */
export function createPostgresPool(options: {
  databaseUrl: string;
  use: PostgresUse;
  maxConnections: number;
  applicationName?: string;
  onError: (error: Error) => void;
}): Pool & PgPool {
  const { applicationName = 'keycourier-queues', ...rest } = options;
  const pool = createPool({ ...rest, applicationName, sessionOptions: `-c search_path=${postgresSchema}` });
  // BullMQ adds a listener for each of its queues and workers.
  pool.setMaxListeners(0);
  // The types of pg and BullMQ differ in the overloads of this class; BullMQ's guard narrows it.
  if (!isPgPool(pool)) throw new QueueStoreError('BullMQ does not take this pool of connections');
  return pool;
}
