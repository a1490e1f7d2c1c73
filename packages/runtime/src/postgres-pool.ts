import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

import { Client, DatabaseError, Pool, type ClientConfig, type PoolClient } from 'pg';

import { postgresLimits, silentServer, type PostgresLimits, type PostgresUse } from './postgres-limits.ts';
import { sendWithNext } from './postgres-with-next.ts';

export interface PoolOptions {
  databaseUrl: string;
  use: PostgresUse;
  /** In place of those of its use. */
  limits?: Partial<PostgresLimits> | undefined;
  maxConnections: number;
  applicationName: string;
  /** Command-line options of the session, such as `-c search_path=…`. */
  sessionOptions?: string;
  onError?: ((error: Error) => void) | undefined;
}

interface ConnectionOptions extends Pick<
  PoolOptions,
  'databaseUrl' | 'use' | 'limits' | 'applicationName' | 'sessionOptions'
> {}

/**
 * What a page costs that is not the next one: little, since it is in memory or on an SSD. By Postgres's 4, which is for hard disks, the newest few
 * rows of a tenant are found by reading and sorting all that it has, as long as the statistics do not know that these are many.
 */
const plannerOptions = '-c random_page_cost=1.1';

/**
 * A worker reads by indexes alone: where a table was analyzed empty, as the outbox is after each quiet minute, reading all of it looks as good, and
 * such a plan would be kept while thousands of messages come.
 */
const plannerOptionsOf: Readonly<Partial<Record<PostgresUse, string>>> = { job: '-c enable_seqscan=off' };

/** Settings of one connection on which no wait is without an end. */
function clientConfig({ databaseUrl, use, applicationName, sessionOptions, ...own }: ConnectionOptions): ClientConfig {
  const limits = { ...postgresLimits[use], ...own.limits };
  return {
    connectionString: databaseUrl,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.answerMs,
    statement_timeout: limits.statementMs,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
    keepAlive: true,
    // Load balancers and NATs forget a connection that is idle for minutes; the kernel would ask after two hours.
    keepAliveInitialDelayMillis: 30_000,
    application_name: applicationName,
    options: [plannerOptions, plannerOptionsOf[use], sessionOptions].filter((one) => one !== undefined).join(' '),
  };
}

/** A new connection costs the database as much time as several requests, when there is least of it: it is kept for ten minutes. */
const idleTimeoutMillis = 600_000;

/** A pool of connections. Connects lazily: an unreachable database is an error of the query, not of this call. */
export function createPool(options: PoolOptions): Pool {
  const { maxConnections, onError = () => undefined } = options;
  const pool = new Pool({ ...clientConfig(options), max: maxConnections, idleTimeoutMillis });
  // Where there are limits in place of those of the use, they are all that ends a statement.
  const isWatched = silentServer.uses.has(options.use) && options.limits === undefined;
  const watch = isWatched ? createWatch(() => isAnswering(options)) : () => undefined;
  // Without a listener, a connection that ends while it is idle or between two queries of a transaction would end the
  // process. The pool repeats the errors of idle connections.
  pool.on('connect', (client) => {
    client.on('error', onError);
    sendWithNext(client);
    endAfterTimeout(client, watch);
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
function endAfterTimeout(client: PoolClient, watch: Watch): void {
  const query: unknown = client.query;
  if (typeof query !== 'function') return;
  const limited = (...parameters: unknown[]): unknown => {
    const result: unknown = Reflect.apply(query, client, parameters);
    if (result instanceof Promise) {
      watch(client, result);
      result.catch((error: unknown) => {
        // With a query under way, end() destroys the socket.
        if (isAnswerTimeout(error)) client.end(() => undefined);
      });
    }
    return result;
  };
  Reflect.set(client, 'query', limited);
}

/** node-postgres sets no code on it. */
const isAnswerTimeout = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout';

/** Knows of a statement until it has its answer. */
type Watch = (client: PoolClient, answer: Promise<unknown>) => void;

/**
 * Ends the connections of statements that wait while the server answers no one: nothing of a transaction is committed then. One
 * statement outside of a transaction may be: the server reads it when it goes on.
 */
function createWatch(isServerAnswering: () => Promise<boolean>): Watch {
  const { askEveryMs } = silentServer;
  const waiting = new Set<{ client: PoolClient; sinceMs: number }>();
  let isWatching = false;
  const look = async (): Promise<void> => {
    const late = [...waiting].filter(({ sinceMs }) => performance.now() - sinceMs >= askEveryMs / 2);
    if (late.length > 0 && !(await isServerAnswering()))
      for (const one of late) if (waiting.has(one)) one.client.end(() => undefined);
    isWatching = false;
    if (waiting.size > 0) start();
  };
  const start = (): void => {
    if (isWatching) return;
    isWatching = true;
    setTimeout(() => void look(), askEveryMs).unref();
  };
  return (client, answer) => {
    const one = { client, sinceMs: performance.now() };
    const end = (): void => void waiting.delete(one);
    waiting.add(one);
    answer.then(end, end);
    start();
  };
}

const tickMs = 50;

/** Whether the server takes a new connection in time, or refuses it: both are answers. */
async function isAnswering(options: ConnectionOptions): Promise<boolean> {
  const client = createClient(options);
  client.on('error', () => undefined);
  const seen: { answer: 'none' | 'came' | 'failed' } = { answer: 'none' };
  client.connect().then(
    () => {
      seen.answer = 'came';
      client.end(() => undefined);
    },
    (error: unknown) => (seen.answer = error instanceof DatabaseError ? 'came' : 'failed'),
  );
  // Counted in ticks: a process that did not run for a while had no time to read the answer.
  for (let ms = 0; ms < silentServer.answerMs && seen.answer === 'none'; ms += tickMs) {
    await sleep(tickMs);
    await setImmediate();
  }
  return seen.answer === 'came';
}
