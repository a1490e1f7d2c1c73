import { Query, type Pool, type PoolClient } from 'pg';
import { z } from 'zod';

import { preparedNameOf } from './postgres-prepared.ts';
import { withoutSync } from './postgres-with-next.ts';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Sends statements in one message and waits once: Postgres runs them one after the other as one transaction, which it commits at
 * the end, or rolls back where one fails. Each sees what was committed before it began. For `select`s with columns, and changes with `returning`.
 * @returns the rows of each
 */
export async function runTogether(pool: Pool, statements: readonly Statement[]): Promise<readonly Rows[]> {
  const client = await pool.connect();
  try {
    const rows = await send(client, statements);
    client.release();
    return rows;
  } catch (error) {
    // Which of the statements are prepared now is not known, and one whose answer did not come may still run.
    client.release(true);
    throw error;
  }
}

const results = z.array(z.object({ rows: z.array(z.unknown()) }));
type Rows = z.output<typeof results>[number]['rows'];

async function send(client: PoolClient, statements: readonly Statement[]): Promise<readonly Rows[]> {
  const answer = await new Promise<unknown>((resolve, reject) => {
    client.query(
      new Together(statements, (error, answered) => {
        if (error) reject(error);
        else resolve(answered);
      }),
    );
  });
  return results.parse(Array.isArray(answer) ? answer : [answer]).map(({ rows }) => rows);
}

/** Takes the answers of several statements as node-postgres does those of one text with several. */
class Together extends Query {
  constructor(statements: readonly Statement[], callback: (error: Error | undefined, answer: unknown) => void) {
    super('', callback);
    this.submit = (connection) => {
      const { stream } = connection;
      const unsynced = withoutSync(connection);
      stream.cork();
      for (const { sql, parameters } of statements) {
        const query = toQuery(sql, parameters);
        query.submit(unsynced);
        // node-postgres notes it for a single statement alone. Where one is not prepared after all, the connection is closed.
        if (query.name !== undefined) connection.parsedStatements[query.name] = sql;
      }
      connection.sync();
      stream.uncork();
    };
  }
}

/** With parameters apart: a plain text would end the transaction. */
function toQuery(text: string, parameters: readonly unknown[]): Query {
  const name = preparedNameOf(text);
  const query = { text, values: [...parameters], queryMode: 'extended', ...(name !== undefined && { name }) };
  return new Query(query);
}
