import type { PostgresUse } from '@keycourier/runtime/postgres-limits';
import { createPool } from '@keycourier/runtime/postgres-pool';
import {
  isPgPool,
  PostgresConnection,
  PostgresQueueBackend,
  withBackend,
  type BackendFactory,
  type PgPool,
  type PostgresConnectionOptions,
} from 'bullmq';
import type { Pool } from 'pg';

import { QueueStoreError } from './errors.ts';
import { postgresSchema } from './namespace.ts';

/**
 * BullMQ keeps the result of its first look at the schema: a queue or worker made while Postgres is away fails for ever.
 * connectBackend() has checked the schema, so there is nothing to look at, and each statement connects for itself.
 */
class CheckedConnection extends PostgresConnection {
  override async waitUntilReady(): Promise<void> {
    return undefined;
  }
}

/** As createPostgresBackend() of BullMQ: getWorkers() finds a worker by its connection's name, which is the queue's. */
const createBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options, kind = {}) =>
  new PostgresQueueBackend(
    new CheckedConnection(options.connection),
    name,
    options,
    true,
    kind.withBlockingConnection === true ? name : undefined,
  );

/** BullMQ's classes with Postgres as their store. */
export const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createBackend);

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
