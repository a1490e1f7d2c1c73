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
import { createQueuePool, type QueuePoolOptions } from './queue-pool.ts';

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

/** BullMQ cannot load pg itself in an ES module, so it gets a pool. */
export const createPostgresPool = (options: QueuePoolOptions): Pool & PgPool => forBullMQ(createQueuePool(options));

/** The types of pg and BullMQ differ in the overloads of this class; BullMQ's guard narrows it. */
export function forBullMQ(pool: Pool): Pool & PgPool {
  if (!isPgPool(pool)) throw new QueueStoreError('BullMQ does not take this pool of connections');
  return pool;
}
