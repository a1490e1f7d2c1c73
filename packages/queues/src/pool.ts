import { isPgPool, type PgPool } from 'bullmq';
import { Pool } from 'pg';

import { QueueStoreError } from './errors.ts';

/** BullMQ cannot load pg by itself in an ES module, so it is given a pool; the schema is the pool's search path then. */
export function openQueuePool(options: {
  databaseUrl: string;
  schema: string;
  onError: (error: Error) => void;
}): Pool & PgPool {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: 24,
    keepAlive: true,
    options: `-c search_path=${options.schema}`,
  });
  // Without a listener, a connection that is lost while it idles or between two queries of its user would end the
  // process. The pool repeats what its idle ones say.
  pool.on('connect', (client) => client.on('error', options.onError));
  pool.on('error', () => undefined);
  // BullMQ adds one for each of its queues and workers.
  pool.setMaxListeners(0);
  // The two packages' types of one class differ in their overloads; BullMQ's own guard tells the compiler.
  if (!isPgPool(pool)) throw new QueueStoreError('BullMQ does not take this pool');
  return pool;
}
