import { queueNames, type QueueName } from '@keycourier/journey/steps/steps';
import { assertSchemaCompatibility, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';

import { postgresSchema, redisPrefix } from './namespace.ts';
import { forBullMQ, PostgresQueue } from './postgres.ts';

export type QueueStore = { kind: 'postgres'; pool: Pool } | { kind: 'redis'; client: Redis };

/**
 * BullMQ's queues of a store that a worker has created. A queue never recovers from a failed first connection, so none is
 * created before the store can be used.
 * @throws any error of the store, and BullMQ's where the schema is of another version
 */
export async function createQueues(store: QueueStore, onError: (error: unknown) => void): Promise<readonly Queue[]> {
  const create = await connect(store);
  const queues = queueNames.map((name) => create(name)).filter((queue) => queue instanceof Queue);
  // Without a listener, a connection that breaks would end the process.
  for (const queue of queues) queue.on('error', onError);
  try {
    await Promise.all(queues.map((queue) => queue.waitUntilReady()));
    return queues;
  } catch (error) {
    await Promise.all(queues.map((queue) => queue.close()));
    throw error;
  }
}

/** Makes a `Queue`, whose type differs by its store; Bull Board takes either. */
async function connect(store: QueueStore): Promise<(name: QueueName) => unknown> {
  if (store.kind === 'redis') {
    const { client: connection } = store;
    const options = { connection, prefix: redisPrefix, skipMetasUpdate: true, skipWaitingForReady: true };
    return (name) => new Queue(name, options);
  }
  const connection = forBullMQ(store.pool);
  await assertSchemaCompatibility(connection, postgresSchema);
  return (name) => new PostgresQueue(name, { connection, skipMetasUpdate: true });
}
