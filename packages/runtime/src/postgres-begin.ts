import { Query, type Connection, type PoolClient } from 'pg';

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
    handleCommandComplete(message: object, connection: Connection): void;
    handleError(error: Error, connection: Connection): void;
  }
}

const begins = /^(begin|start transaction\b.*)$/i;
const ends = /^(commit|rollback)$/i;

type State =
  | { is: 'ready' }
  /** For the transaction's first statement. */
  | { is: 'waiting'; begin: string }
  /** Until the rollback: what the caller sends meanwhile would run outside of a transaction. */
  | { is: 'refused'; error: unknown };

/**
 * Sends `begin` in one message with the transaction's first statement, which spares a round trip; the caller has its answer before.
 * A transaction that ends without a statement sends nothing.
 *
 * One Sync follows both: where `begin` fails, Postgres skips the statement, so that it never runs outside of the transaction. (With
 * the `pipeline` option of node-postgres, where each has a Sync of its own, it would.)
 */
export function sendBeginWithFirst(client: PoolClient): void {
  const query: unknown = client.query;
  if (typeof query !== 'function') return;
  const send = (parameters: readonly unknown[]): unknown => Reflect.apply(query, client, parameters);
  let state: State = { is: 'ready' };
  const onRefused = (error: unknown): void => {
    state = { is: 'refused', error };
  };
  const limited = (...parameters: unknown[]): unknown => {
    const text = textOf(parameters[0]);
    const before = state;
    switch (before.is) {
      case 'ready':
        if (!begins.test(text)) return send(parameters);
        state = { is: 'waiting', begin: text };
        return answered;
      case 'waiting':
        state = { is: 'ready' };
        return ends.test(text) ? answered : sendFirst(send, { begin: before.begin, parameters, onRefused });
      case 'refused':
        if (text !== 'rollback') return Promise.reject(before.error);
        state = { is: 'ready' };
        return answered;
    }
  };
  Reflect.set(client, 'query', limited);
}

/** Of a statement that is not sent, or not yet. */
const answered = Promise.resolve({ command: '', rowCount: null, rows: [] });

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const isObject = typeof query === 'object' && query !== null;
  return isObject && 'text' in query && typeof query.text === 'string' ? query.text : '';
}

const nameOf = (query: unknown): string | undefined =>
  typeof query === 'object' && query !== null && 'name' in query && typeof query.name === 'string'
    ? query.name
    : undefined;

interface Sending {
  begin: string;
  parameters: readonly unknown[];
  onRefused: (error: unknown) => void;
}

type Send = (parameters: readonly unknown[]) => unknown;

/** A text without parameters may be several statements, which cannot follow in the same message: it waits for `begin`. */
async function sendFirst(send: Send, { begin, parameters, onRefused }: Sending): Promise<unknown> {
  const [query, values] = parameters;
  const name = nameOf(query);
  if (Array.isArray(values) && (name !== undefined || values.length > 0)) {
    const statement: Statement = {
      text: textOf(query),
      values,
      queryMode: 'extended',
      ...(name !== undefined && { name }),
    };
    return new Promise((resolve, reject) => {
      const first = new FirstStatement(begin, statement, (error, result) => {
        if (error && !first.isBegun) onRefused(error);
        if (error) reject(error);
        else resolve(result);
      });
      send([first]);
    });
  }
  try {
    await send([begin]);
  } catch (error) {
    onRefused(error);
    throw error;
  }
  return send(parameters);
}

interface Statement {
  text: string;
  values: unknown[];
  queryMode: 'extended';
  name?: string;
}

/** The answers are those of `begin`, and then those of the statement. */
class FirstStatement extends Query {
  /** Whether `begin` has succeeded. */
  isBegun = false;
  readonly begin: string;
  readonly #name: string | undefined;

  constructor(begin: string, statement: Statement, callback: (error: Error | undefined, result: unknown) => void) {
    super(statement, callback);
    this.begin = begin;
    this.#name = statement.name;
    const { submit } = this;
    this.submit = (connection) => {
      connection.stream.cork();
      connection.parse({ name: '', text: begin, types: [] }, true);
      connection.bind({}, true);
      connection.execute({}, true);
      submit.call(this, connection);
      connection.stream.uncork();
      // The first answer to Parse is that of `begin`.
      this.name = undefined;
    };
  }

  override handleCommandComplete(message: object, connection: Connection): void {
    if (this.isBegun) {
      super.handleCommandComplete(message, connection);
      return;
    }
    this.isBegun = true;
    this.name = this.#name;
  }

  override handleError(error: Error, connection: Connection): void {
    // Its Parse was skipped.
    if (!this.isBegun && this.#name !== undefined)
      Reflect.deleteProperty(connection.submittedNamedStatements, this.#name);
    super.handleError(error, connection);
  }
}
