import { Query, type Connection, type PoolClient } from 'pg';

import { preparedMark } from './postgres-prepared.ts';

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
    handleRowDescription(message: object): void;
    handleDataRow(message: object): void;
    handleCommandComplete(message: object, connection: Connection): void;
    handleError(error: Error, connection: Connection): void;
  }
}

/** At the start of a statement that is to be prepared, and whose rows no one reads: it is sent with the next one of its transaction. */
export const withNextMark = `${preparedMark} /* with next */`;

const begins = /^(begin|start transaction\b.*)$/i;
const ends = /^(commit|rollback)$/i;

interface Statement {
  text: string;
  values: unknown[];
  /** Under which it is prepared. */
  name?: string;
  queryMode: 'extended';
}

type State =
  | { is: 'ready' }
  /** For the next statement. */
  | { is: 'waiting'; before: readonly Statement[] }
  /** Until the rollback: what the caller sends meanwhile would run outside of a transaction. */
  | { is: 'refused'; error: unknown };

/**
 * Sends `begin`, and statements with {@link withNextMark}, in one message with the one that follows, which spares round trips; the
 * caller has their answers before. A transaction that ends without a statement sends nothing.
 *
 * One Sync follows all: where one fails, Postgres skips those behind it, so that none of them runs outside of the transaction. (With
 * the `pipeline` option of node-postgres, where each has a Sync of its own, it would.) Each sees what was committed before it began.
 */
export function sendWithNext(client: PoolClient): void {
  const query: unknown = client.query;
  if (typeof query !== 'function') return;
  const send = (parameters: readonly unknown[]): unknown => Reflect.apply(query, client, parameters);
  let state: State = { is: 'ready' };
  const onRefused = (error: unknown): void => {
    state = { is: 'refused', error };
  };
  const wait = (before: readonly Statement[], parameters: readonly unknown[]): unknown => {
    state = { is: 'waiting', before: [...before, toStatement(parameters)] };
    return answered;
  };
  const limited = (...parameters: unknown[]): unknown => {
    const text = textOf(parameters[0]);
    const now = state;
    if (now.is !== 'refused' && text.startsWith(withNextMark))
      return wait(now.is === 'waiting' ? now.before : [], parameters);
    switch (now.is) {
      case 'ready':
        return begins.test(text) ? wait([], parameters) : send(parameters);
      case 'waiting':
        state = { is: 'ready' };
        if (ends.test(text) && now.before.every((one) => begins.test(one.text))) return answered;
        return sendAfter(send, { before: now.before, parameters, onRefused });
      case 'refused':
        if (text !== 'rollback') return Promise.reject(now.error);
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

function toStatement([query, values]: readonly unknown[]): Statement {
  const name = typeof query === 'object' && query !== null && 'name' in query ? query.name : undefined;
  return {
    text: textOf(query),
    values: Array.isArray(values) ? values : [],
    queryMode: 'extended',
    ...(typeof name === 'string' && { name }),
  };
}

interface Sending {
  before: readonly Statement[];
  parameters: readonly unknown[];
  onRefused: (error: unknown) => void;
}

type Send = (parameters: readonly unknown[]) => unknown;

/** A text without parameters may be several statements, which cannot follow in the same message: it waits for those before it. */
async function sendAfter(send: Send, { before, parameters, onRefused }: Sending): Promise<unknown> {
  const last = toStatement(parameters);
  if (last.name !== undefined || last.values.length > 0) {
    return new Promise((resolve, reject) => {
      const all = new Followed(before, last, (error, result) => {
        if (error && !all.isBegun) onRefused(error);
        if (error) reject(error);
        else resolve(result);
      });
      send([all]);
    });
  }
  for (const one of before) {
    try {
      await send([one]);
    } catch (error) {
      if (begins.test(one.text)) onRefused(error);
      throw error;
    }
  }
  return send(parameters);
}

/** The answers are those of each statement, of which only the last one's are the caller's. */
class Followed extends Query {
  readonly before: readonly Statement[];
  readonly #all: readonly Statement[];
  /** Which statement's answers come. */
  #current = 0;

  constructor(
    before: readonly Statement[],
    last: Statement,
    callback: (error: Error | undefined, result: unknown) => void,
  ) {
    super(last, callback);
    this.before = before;
    this.#all = [...before, last];
    const { submit } = this;
    this.submit = (connection) => {
      const unsynced = withoutSync(connection);
      connection.stream.cork();
      for (const one of before) new Query(one).prepare(unsynced);
      submit.call(this, connection);
      connection.stream.uncork();
      this.#answer(0);
    };
  }

  /** Whether a transaction was begun, if one was to be. */
  get isBegun(): boolean {
    return this.#current > 0 || !begins.test(this.#all[0]?.text ?? '');
  }

  get #isLast(): boolean {
    return this.#current === this.before.length;
  }

  /** An answer to Parse counts for this name and text. */
  #answer(current: number): void {
    this.#current = current;
    const { name, text } = this.#all[current] ?? { name: undefined, text: '' };
    Object.assign(this, { name, text });
  }

  override handleRowDescription(message: object): void {
    if (this.#isLast) super.handleRowDescription(message);
  }

  override handleDataRow(message: object): void {
    if (this.#isLast) super.handleDataRow(message);
  }

  override handleCommandComplete(message: object, connection: Connection): void {
    if (this.#isLast) super.handleCommandComplete(message, connection);
    else this.#answer(this.#current + 1);
  }

  override handleError(error: Error, connection: Connection): void {
    // Their Parse was skipped.
    for (const { name } of this.#all.slice(this.#current + 1))
      if (name !== undefined) Reflect.deleteProperty(connection.submittedNamedStatements, name);
    super.handleError(error, connection);
  }
}

/** What a query sends between its statement and the end of the message. */
export const withoutSync = (connection: Connection): Connection =>
  new Proxy(connection, {
    get: (target, name): unknown => (name === 'sync' ? () => undefined : Reflect.get(target, name)),
  });
