import { createPostgresBackend, isPgPool, withBackend, type PgPool } from 'bullmq';
import { Pool } from 'pg';

import { QueueStoreError } from './errors.ts';
import { postgresSchema } from './namespace.ts';

/** BullMQ's classes with Postgres as their store. */
export const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);

/** BullMQ cannot load pg itself in an ES module, so it gets a pool, whose search path is then the schema. */
export function createPostgresPool(options: {
  databaseUrl: string;
  maxConnections: number;
  connectionTimeoutMs?: number;
  applicationName?: string;
  onError: (error: Error) => void;
}): Pool & PgPool {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: options.maxConnections,
    keepAlive: true,
    options: `-c search_path=${postgresSchema}`,
    ...(options.connectionTimeoutMs === undefined ? {} : { connectionTimeoutMillis: options.connectionTimeoutMs }),
    ...(options.applicationName === undefined ? {} : { application_name: options.applicationName }),
  });
  // Without a listener, a connection that breaks while it is idle or between two queries would end the process. The pool
  // repeats the errors of idle connections.
  pool.on('connect', (client) => client.on('error', options.onError));
  pool.on('error', () => undefined);
  // BullMQ adds a listener for each of its queues and workers.
  pool.setMaxListeners(0);
  // The types of pg and BullMQ differ in the overloads of this class; BullMQ's guard narrows it.
  if (!isPgPool(pool)) throw new QueueStoreError('BullMQ does not take this pool of connections');
  return pool;
}
