import { Query, type Connection } from 'pg';

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
    values: unknown[];
    queryMode: 'extended';
    /** Sends all that there is for an extended query. */
    prepare(connection: Connection): void;
    handleRowDescription(message: RowDescription): void;
    handleDataRow(message: object): void;
    handleCommandComplete(message: object, connection: Connection): void;
    handleError(error: Error, connection: Connection): void;
    handleReadyForQuery(connection: Connection): void;
  }
}

interface RowDescription {
  fields: readonly object[];
}

/** With parameters apart: a plain text would end the message. */
export interface MessagePart {
  text: string;
  values: unknown[];
  /** Under which it is prepared. */
  name: string | undefined;
}

export const toPart = (text: string, values: readonly unknown[]): MessagePart => ({
  text,
  values: [...values],
  name: preparedNameOf(text),
});

/**
 * Statements with one Sync behind all, in one piece: where one fails, Postgres skips those behind it. node-postgres takes their answers as it
 * does those of one text with several.
 */
export class Message extends Query {
  /** All but the last. */
  readonly before: readonly MessagePart[];
  /** Ends with the answer. */
  readonly ended: Promise<void>;
  readonly #parts: readonly MessagePart[];
  #described: Described = new Map();
  /** Of the statement whose answers come. */
  #current = 0;
  /** Whether the fields of its rows are known. */
  #isDescribed = false;
  #isPreparing = false;
  #refusal: Error | undefined;

  constructor(
    parts: readonly MessagePart[],
    callback: (error: Error | undefined, answers: readonly unknown[]) => void,
  ) {
    let onEnd: (error: Error | undefined) => void = () => undefined;
    super('', (error: Error | undefined, answer: unknown) => {
      onEnd(error);
      callback(error, Array.isArray(answer) ? answer : [answer]);
    });
    this.text = parts.at(-1)?.text ?? '';
    this.queryMode = 'extended';
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
    this.#isPreparing = true;
    this.#described = describedOf(connection);
    const sending = sendingParts(connection, () => this.name !== undefined && this.#described.has(this.name));
    for (const part of this.#parts) {
      Object.assign(this, part);
      super.prepare(sending);
    }
    this.#isPreparing = false;
    this.#answer(0);
    if (this.#refusal === undefined) connection.sync();
    // A parameter that cannot be sent: what is in the buffer must not be run without the rest, and the connection ends.
    else connection.stream.destroy();
  }

  /** An answer to Parse counts for this name and text. */
  #answer(current: number): void {
    this.#current = current;
    this.#isDescribed = false;
    const { name, text } = this.#parts[current] ?? { name: undefined, text: '' };
    this.name = name;
    this.text = text;
  }

  override handleRowDescription(message: RowDescription): void {
    this.#isDescribed = true;
    if (this.name !== undefined) this.#described.set(this.name, message);
    super.handleRowDescription(message);
  }

  override handleDataRow(message: object): void {
    this.#describe();
    super.handleDataRow(message);
  }

  override handleCommandComplete(message: object, connection: Connection): void {
    this.#describe();
    super.handleCommandComplete(message, connection);
    this.#answer(this.#current + 1);
  }

  /** Without an answer to Describe, its rows are as before, or it has none. */
  #describe(): void {
    if (this.#isDescribed || this.name === undefined) return;
    this.handleRowDescription(this.#described.get(this.name) ?? withoutRows);
  }

  override handleError(error: Error, connection: Connection): void {
    if (this.#isPreparing) {
      this.#refusal ??= error;
      return;
    }
    // Their Parse was skipped.
    for (const { name } of this.#parts.slice(this.#current + 1))
      if (name !== undefined) Reflect.deleteProperty(connection.submittedNamedStatements, name);
    super.handleError(this.#refusal ?? error, connection);
  }
}

/** The fields of a prepared statement's rows, by its name: as long as it is kept, Postgres refuses to run it with others. */
type Described = Map<string, RowDescription>;

const descriptions = new WeakMap<Connection, Described>();

function describedOf(connection: Connection): Described {
  const known = descriptions.get(connection);
  if (known !== undefined) return known;
  const none: Described = new Map();
  descriptions.set(connection, none);
  return none;
}

const withoutRows: RowDescription = { fields: [] };

/** What a query sends, without its Sync, and without a Describe whose answer is known. */
const sendingParts = (connection: Connection, isDescribed: () => boolean): Connection =>
  new Proxy(connection, {
    get: (target, name): unknown =>
      name === 'sync' || (name === 'describe' && isDescribed()) ? () => undefined : Reflect.get(target, name),
  });

/** A message with another one behind it, which is sent already when it is queued for its answer. */
export class Followed extends Message {
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
