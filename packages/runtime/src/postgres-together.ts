import { DatabaseError, Query, type Connection, type Pool, type PoolClient } from 'pg';

import { preparedNameOf } from './postgres-prepared.ts';

/** What node-postgres 8.23 has and its types do not. */
declare module 'pg' {
  interface Connection {
    /** By name, the texts of the statements that Postgres keeps. */
    parsedStatements: Record<string, string>;
    /** Of those, the ones whose Parse has no answer yet. */
    submittedNamedStatements: Record<string, string>;
  }
  interface Query<R, I> {
    /** An answer to Parse is that of the statement of this name. */
    name: string | undefined;
    text: string;
    /** Sends all that there is for an extended query. */
    prepare(connection: Connection): void;
    handleCommandComplete(message: object, connection: Connection): void;
    handleError(error: Error, connection: Connection): void;
    handleReadyForQuery(connection: Connection): void;
  }
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** With parameters apart: a plain text would end the message. */
export interface MessagePart {
  text: string;
  values: unknown[];
  /** Under which it is prepared. */
  name?: string;
  queryMode: 'extended';
}

export function toPart(text: string, values: readonly unknown[]): MessagePart {
  const name = preparedNameOf(text);
  return { text, values: [...values], queryMode: 'extended', ...(name !== undefined && { name }) };
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

/**
 * Statements with one Sync behind all: where one fails, Postgres skips those behind it. node-postgres takes their answers as it does
 * those of one text with several.
 */
export class Message extends Query {
  /** All but the last. */
  readonly before: readonly MessagePart[];
  /** Ends with the answer. */
  readonly ended: Promise<void>;
  readonly #parts: readonly MessagePart[];
  /** Of the statement whose answers come. */
  #current = 0;
  #refusal: Error | undefined;

  constructor(
    parts: readonly MessagePart[],
    callback: (error: Error | undefined, answers: readonly unknown[]) => void,
  ) {
    let onEnd: (error: Error | undefined) => void = () => undefined;
    super(parts.at(-1) ?? '', (error: Error | undefined, answer: unknown) => {
      onEnd(error);
      callback(error, Array.isArray(answer) ? answer : [answer]);
    });
    this.ended = new Promise((resolve, reject) => {
      onEnd = (error) => (error ? reject(error) : resolve());
    });
    this.ended.catch(() => undefined);
    this.before = parts.slice(0, -1);
    this.#parts = parts;
  }

  /** How many of its statements had their answers. */
  get answered(): number {
    return this.#current;
  }

  override prepare(connection: Connection): void {
    const unsynced = withoutSync(connection);
    for (const part of this.#parts) {
      const query = new Query(part, (error: Error | undefined) => this.#refuse(error, connection));
      query.prepare(unsynced);
      if (this.#refusal !== undefined) return;
    }
    connection.sync();
    this.#answer(0);
  }

  /** A parameter that cannot be sent: what is in the buffer must not be run without the rest, and the connection ends. */
  #refuse(error: Error | undefined, { stream }: Connection): void {
    this.#refusal = error;
    stream.destroy();
  }

  /** An answer to Parse counts for this name and text. */
  #answer(current: number): void {
    this.#current = current;
    const { name, text } = this.#parts[current] ?? { name: undefined, text: '' };
    Object.assign(this, { name, text });
  }

  override handleCommandComplete(message: object, connection: Connection): void {
    super.handleCommandComplete(message, connection);
    this.#answer(this.#current + 1);
  }

  override handleError(error: Error, connection: Connection): void {
    // Their Parse was skipped.
    for (const { name } of this.#parts.slice(this.#current + 1))
      if (name !== undefined) Reflect.deleteProperty(connection.submittedNamedStatements, name);
    super.handleError(this.#refusal ?? error, connection);
  }
}

/** A message with another one behind it, which is sent already when it is queued for its answer. */
class Followed extends Message {
  readonly #next: Message;
  readonly #await: () => void;
  #isAwaited = false;

  constructor(
    parts: readonly MessagePart[],
    {
      next,
      await: awaitNext,
      onAnswer,
    }: { next: Message; await: () => void; onAnswer: ConstructorParameters<typeof Message>[1] },
  ) {
    super(parts, onAnswer);
    this.#next = next;
    this.#await = awaitNext;
  }

  override prepare(connection: Connection): void {
    super.prepare(connection);
    this.#next.prepare(connection);
    this.#next.submit = () => undefined;
  }

  override handleReadyForQuery(connection: Connection): void {
    this.#awaitNext();
    super.handleReadyForQuery(connection);
  }

  override handleError(error: Error, connection: Connection): void {
    super.handleError(error, connection);
    this.#awaitNext();
  }

  #awaitNext(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#await();
  }
}

/** What a query sends between its statement and the end of the message. */
const withoutSync = (connection: Connection): Connection =>
  new Proxy(connection, {
    get: (target, name): unknown => (name === 'sync' ? () => undefined : Reflect.get(target, name)),
  });
