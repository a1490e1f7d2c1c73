import { startEmbeddedPostgres } from '@keycourier/ledger/embedded-postgres';
import { redisProgram, startRedisServer } from '@keycourier/queues/testing/redis-server';
import { Redis } from 'ioredis';
import pg from 'pg';

import { BenchError } from '../errors.ts';

export interface PostgresServer {
  pid: number;
  url: (database: string) => string;
  createDatabase: (name: string) => Promise<void>;
  stop: () => Promise<void>;
}

/** A Postgres that waits for its disk as a real one does, and counts its statements (pg_stat_statements). */
export async function startPostgres(dataDir: string): Promise<PostgresServer> {
  const first = await startEmbeddedPostgres({ dataDir });
  await runSql(first.url('postgres'), "alter system set shared_preload_libraries = 'pg_stat_statements'");
  // The bench fills the database as fast as it can; a checkpoint every five minutes, as by default, not for each 1 GB.
  await runSql(first.url('postgres'), "alter system set max_wal_size = '4GB'");
  await first.stop();
  return startEmbeddedPostgres({ dataDir });
}

export interface Database {
  rows: <Row extends pg.QueryResultRow>(statement: string, values?: readonly unknown[]) => Promise<Row[]>;
  close: () => Promise<void>;
}

/** One connection of the bench's own. */
export async function connect(url: string): Promise<Database> {
  const client = new pg.Client({ connectionString: url, application_name: 'keycourier-bench' });
  await client.connect();
  return {
    rows: async <Row extends pg.QueryResultRow>(statement: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(statement, [...values])).rows,
    close: () => client.end(),
  };
}

export async function runSql(url: string, statement: string): Promise<void> {
  const database = await connect(url);
  try {
    await database.rows(statement);
  } finally {
    await database.close();
  }
}

export interface RedisServer {
  pid: number;
  url: string;
  version: string;
  stop: () => Promise<void>;
}

export const hasRedis = redisProgram !== null;

/** With an append-only file that is written each second, as docker-compose.yml has it. */
export async function startRedis(appendOnlyDir: string): Promise<RedisServer> {
  if (redisProgram === null) throw new BenchError('neither redis-server nor valkey-server is on PATH');
  const server = await startRedisServer(redisProgram, { appendOnlyDir });
  const client = new Redis(server.url);
  const info = await client.info('server');
  client.disconnect();
  const read = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
  return { pid: Number(read('process_id')), url: server.url, version: read('redis_version'), stop: server.stop };
}
