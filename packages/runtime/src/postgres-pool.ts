import { Client, Pool, type ClientConfig, type PoolClient } from 'pg';

import { postgresLimits, type PostgresUse } from './postgres-limits.ts';

export interface PoolOptions {
  databaseUrl: string;
  use: PostgresUse;
  maxConnections: number;
  applicationName: string;
  /** Command-line options of the session, such as `-c search_path=…`. */
  sessionOptions?: string;
  onError?: ((error: Error) => void) | undefined;
}

interface ConnectionOptions extends Pick<PoolOptions, 'databaseUrl' | 'use' | 'applicationName' | 'sessionOptions'> {}

/** Settings of one connection on which no wait is without an end. */
function clientConfig({ databaseUrl, use, applicationName, sessionOptions }: ConnectionOptions): ClientConfig {
  const limits = postgresLimits[use];
  return {
    connectionString: databaseUrl,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.answerMs,
    statement_timeout: limits.statementMs,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    keepAlive: true,
    application_name: applicationName,
    ...(sessionOptions === undefined ? {} : { options: sessionOptions }),
  };
}

/** A pool of connections. Connects lazily: an unreachable database is an error of the query, not of this call. */
export function createPool(options: PoolOptions): Pool {
  const { maxConnections, onError = () => undefined } = options;
  const pool = new Pool({ ...clientConfig(options), max: maxConnections, idleTimeoutMillis: 30_000 });
  // Without a listener, a connection that ends while it is idle or between two queries of a transaction would end the
  // process. The pool repeats the errors of idle connections.
  pool.on('connect', (client) => {
    client.on('error', onError);
    endAfterTimeout(client);
  });
  pool.on('error', () => undefined);
  return pool;
}

/** One connection outside a pool, for LISTEN. */
export function createClient(options: ConnectionOptions): Client {
  return new Client(clientConfig(options));
}

/**
 * After its timeout node-postgres leaves a query on the connection, and what follows would wait behind it: the rollback
 * first, then whichever request gets the connection from the pool. Such a connection is closed instead.
 */
function endAfterTimeout(client: PoolClient): void {
  const query: unknown = client.query;
  if (typeof query !== 'function') return;
  const limited = (...parameters: unknown[]): unknown => {
    const result: unknown = Reflect.apply(query, client, parameters);
    if (result instanceof Promise)
      result.catch((error: unknown) => {
        // With a query under way, end() destroys the socket.
        if (isAnswerTimeout(error)) client.end(() => undefined);
      });
    return result;
  };
  Reflect.set(client, 'query', limited);
}

/** node-postgres sets no code on it. */
const isAnswerTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';
