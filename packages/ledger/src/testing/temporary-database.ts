import { until } from '@keycourier/runtime/testing/until';
import pg from 'pg';

import { temporaryDatabaseName } from './database-names.ts';
import { watchDrop } from './left-behind.ts';

export const testPostgresVariable = 'KEYCOURIER_TEST_POSTGRES';
/** Names the migrated ledger on that server which every ledger of a test is a copy of. */
export const ledgerTemplateVariable = 'KEYCOURIER_TEST_LEDGER_TEMPLATE';
/** How that server copies a template; Postgres' default if it is not set. */
export const copyStrategyVariable = 'KEYCOURIER_TEST_COPY_STRATEGY';

/** A test has no database server to use. */
export class TestDatabaseError extends Error {
  readonly code = 'no_test_server';
  readonly level = 'fatal';
}

export interface TemporaryDatabase {
  url: string;
  /** Ends every connection to it first. Dropping twice is the same as once. */
  drop: () => Promise<void>;
}

/**
 * Makes a database of its own for a test: empty, or a copy of `template`, which may have no sessions meanwhile.
 * @throws TestDatabaseError when the run has no server (see start-server.ts)
 */
export async function temporaryDatabase(options: { template?: string } = {}): Promise<TemporaryDatabase> {
  const { template = 'template1' } = options;
  const server = fromTheRun(testPostgresVariable);
  const name = temporaryDatabaseName();
  const strategy = process.env[copyStrategyVariable];
  await query(
    server,
    `create database ${name} template ${pg.escapeIdentifier(template)}${strategy === undefined ? '' : ` strategy ${strategy}`}`,
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => {
      watchDrop(name);
      return query(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/** Makes a database of its own for a test that holds a migrated, empty ledger. */
export const temporaryLedgerDatabase = (): Promise<TemporaryDatabase> =>
  temporaryDatabase({ template: fromTheRun(ledgerTemplateVariable) });

function fromTheRun(variable: string): string {
  const value = process.env[variable];
  if (value === undefined)
    throw new TestDatabaseError(`${variable} is not set: run the tests through jest.config.js at the root`);
  return value;
}

async function query(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const isDone = (): Promise<boolean> =>
      client.query(statement).then(
        () => true,
        (error: unknown) => {
          if (isStillInUse(error)) return false;
          throw error;
        },
      );
    await until(isDone, (done) => done);
  } finally {
    await client.end();
  }
}

/** Postgres waits five seconds for the end of a database's sessions, also of those that it ends; a stalled one takes longer. */
const isStillInUse = (error: unknown): boolean => error instanceof pg.DatabaseError && error.code === '55006';
