import pg from 'pg';
import { z } from 'zod';

/** One statement of this process, in the order in which they were sent. */
export interface LoggedStatement {
  connection: object;
  text: string;
  /** It begins a transaction, or `begin` is in front of it in its message. */
  begins: boolean;
  /** Returned or changed; 0 until it is answered. */
  rows: number;
}

const sent = z.looseObject({ text: z.string().catch(''), before: z.array(z.object({ text: z.string() })).default([]) });

/** Logs each statement that a connection of this process sends, until `stop`. */
export function logStatements(): { statements: LoggedStatement[]; stop: () => void } {
  const statements: LoggedStatement[] = [];
  const queries = pg.Query.prototype;
  const { submit } = queries;
  queries.submit = function (connection): ReturnType<typeof submit> {
    const { text, before } = sent.parse(this);
    const begins = [...before, { text }].some((one) => /^begin/i.test(one.text));
    const statement: LoggedStatement = { connection, text, begins, rows: 0 };
    statements.push(statement);
    this.on('end', ({ rowCount }) => {
      statement.rows = rowCount ?? 0;
    });
    return submit.call(this, connection);
  };
  return {
    statements,
    stop: () => {
      queries.submit = submit;
    },
  };
}

export interface Transaction {
  statements: readonly LoggedStatement[];
  isWriting: boolean;
}

/** The transactions that statements were sent in; one outside of any is a transaction of its own. */
export function transactionsOf(statements: readonly LoggedStatement[]): Transaction[] {
  const begun = new Map<object, LoggedStatement[]>();
  const ended: LoggedStatement[][] = [];
  for (const statement of statements) {
    const { text, begins, connection } = statement;
    const open = begun.get(connection);
    if (open === undefined && begins) begun.set(connection, [statement]);
    else if (open === undefined) ended.push([statement]);
    else open.push(statement);
    if (!/^(commit|rollback)$/i.test(text)) continue;
    ended.push(open ?? [statement]);
    begun.delete(connection);
  }
  return ended.map((all) => ({ statements: all, isWriting: all.some(isWrite) }));
}

/** Also a lock of a row is written. */
const isWrite = ({ text }: LoggedStatement): boolean =>
  /\b(insert into|update "?[a-z_]+"? (as|set)|delete from|nextval|for update|for share|pg_notify)/i.test(text);

/** What a statement is about, for a table to read. */
export const kindOf = ({ text }: LoggedStatement): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll('"', '').trim().slice(0, 110);
