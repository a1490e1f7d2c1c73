import { DatabaseError, type Pool, type PoolClient } from 'pg';

import { Followed, Message, toPart } from './postgres-message.ts';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Sends statements in one message and waits once: Postgres runs them one after the other as one transaction, which it commits at
 * the end, or rolls back where one fails. Each sees what was committed before it began.
 * @returns the rows of each
 */
export async function runTogether(pool: Pool, statements: readonly Statement[]): Promise<readonly Rows[]> {
  const client = await pool.connect();
  try {
    const rows = await send(client, statements);
    client.release();
    return rows;
  } catch (error) {
    // One whose answer did not come may still run.
    client.release(!(error instanceof DatabaseError));
    throw error;
  }
}

type Rows = readonly unknown[];

export const rowsOf = (answer: unknown): Rows =>
  typeof answer === 'object' && answer !== null && 'rows' in answer && Array.isArray(answer.rows) ? answer.rows : [];

async function send(client: PoolClient, statements: readonly Statement[]): Promise<readonly Rows[]> {
  const answers = await new Promise<readonly unknown[]>((resolve, reject) => {
    const parts = statements.map(({ sql, parameters }) => toPart(sql, parameters));
    client.query(
      new Message(parts, (error, all) => {
        if (error) reject(error);
        else resolve(all);
      }),
    );
  });
  return answers.map(rowsOf);
}

/**
 * Sends a statement, and in the same piece a second one as a transaction of its own, which Postgres runs after the first is committed, or
 * failed. `onEnded` is called when the second one has its answer, with its rows, or with an error where it never will have any.
 * @returns the rows of the first, as soon as they are there
 */
export async function runFollowed(
  pool: Pool,
  [first, second]: readonly [Statement, Statement],
  onEnded: (error: Error | undefined, rows: Rows) => void,
): Promise<Rows> {
  const client = await pool.connect();
  let isReleased = false;
  const release = (error: Error | undefined, [answer]: readonly unknown[] = []): void => {
    if (isReleased) return;
    isReleased = true;
    client.release(Boolean(error) && !(error instanceof DatabaseError));
    onEnded(error, rowsOf(answer));
  };
  const next = new Message([toPart(second.sql, second.parameters)], release);
  return new Promise((resolve, reject) => {
    const onAnswer = (error: Error | undefined, [answer]: readonly unknown[]): void => {
      if (error && !(error instanceof DatabaseError)) release(error);
      if (error) reject(error);
      else resolve(rowsOf(answer));
    };
    const parts = [toPart(first.sql, first.parameters)];
    client.query(new Followed(parts, { next, await: () => client.query(next), onAnswer }));
  });
}
