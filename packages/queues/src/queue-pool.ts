import type { PostgresLimits, PostgresUse } from '@keycourier/runtime/postgres-limits';
import { createPool } from '@keycourier/runtime/postgres-pool';
import type { Pool } from 'pg';

import { postgresSchema } from './namespace.ts';

export interface QueuePoolOptions {
  databaseUrl: string;
  use: PostgresUse;
  /** In place of those of its use. */
  limits?: Partial<PostgresLimits> | undefined;
  maxConnections: number;
  applicationName?: string;
  onError: (error: Error) => void;
}

/** Connections whose search path is BullMQ's schema. It is here, apart from BullMQ, for who looks at it without loading that. */
export function createQueuePool({ applicationName = 'keycourier-queues', ...rest }: QueuePoolOptions): Pool {
  const pool = createPool({ ...rest, applicationName, sessionOptions: `-c search_path=${postgresSchema}` });
  // BullMQ adds a listener for each of its queues and workers.
  pool.setMaxListeners(0);
  return pool;
}
