import type { PoolClient } from 'pg';

import { Message, toPart, type MessagePart } from './postgres-message.ts';
import { rowsOf } from './postgres-together.ts';

/** In front of a statement whose rows no one reads: it is sent with the next one of its transaction. */
export const withNextMark = '/* with next */ ';

/** In front of the last statement of a transaction: `commit` is sent with it, and not again when the caller asks for it. */
export const withCommitMark = '/* with commit */ ';

const begins = /^(begin|start transaction\b.*)$/i;
const ends = /^(commit|rollback)$/i;

/** A statement where the transaction that it belongs to is not open: a bug of the caller. It is not sent. */
export class NoTransactionError extends Error {
  readonly code = 'no_transaction';
  readonly level = 'error';
  override readonly name = 'NoTransactionError';
}

type State =
  | { is: 'outside' }
  /** Of a transaction; what is sent with the next statement. */
  | { is: 'inside'; before: readonly MessagePart[] }
  /** Until its rollback: what the caller sends meanwhile would run outside of a transaction. */
  | { is: 'refused'; error: unknown }
  /** Until the caller asks for its end. */
  | { is: 'committed' };

/**
 * Sends `begin`, and statements with {@link withNextMark}, in one message with the one that follows, and `commit` in one with a
 * statement with {@link withCommitMark}, which spares round trips; of the former the caller has the answers before. A
 * transaction that ends without a statement sends nothing.
 *
 * One Sync follows all: where one fails, Postgres skips those behind it, so that none of them runs outside of the transaction, and no
 * part of it is committed. (With the `pipeline` option of node-postgres, where each has a Sync of its own, it would.) Each
 * sees what was committed before it began.
 */
export function sendWithNext(client: PoolClient): void {
  const query: unknown = client.query;
  if (typeof query !== 'function') return;
  const send = (parameters: readonly unknown[]): unknown => Reflect.apply(query, client, parameters);
  const connection: Sending = { send, state: { is: 'outside' } };
  const limited = (...parameters: unknown[]): unknown => {
    const [message] = parameters;
    const sent = sendOrWait(connection, toCall(parameters));
    return message instanceof Message ? message.ended : sent;
  };
  Reflect.set(client, 'query', limited);
}

const rowsBefore = new WeakMap<readonly unknown[], readonly (readonly unknown[])[]>();

/** Of the statements that went in front of the one that has these rows, in the same message: the rows of each. */
export const rowsOfThoseBefore = (rows: readonly unknown[]): readonly (readonly unknown[])[] =>
  rowsBefore.get(rows) ?? [];

interface Sending {
  send: (parameters: readonly unknown[]) => unknown;
  state: State;
}

/** What a caller asks the connection for. */
interface Call {
  parameters: readonly unknown[];
  /** Without its mark. */
  text: string;
  mark: 'next' | 'commit' | null;
}

function toCall(parameters: readonly unknown[]): Call {
  const text = textOf(parameters[0]);
  if (text.startsWith(withNextMark)) return { parameters, text: text.slice(withNextMark.length), mark: 'next' };
  if (text.startsWith(withCommitMark)) return { parameters, text: text.slice(withCommitMark.length), mark: 'commit' };
  return { parameters, text, mark: null };
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const isObject = typeof query === 'object' && query !== null;
  return isObject && 'text' in query && typeof query.text === 'string' ? query.text : '';
}

function sendOrWait(connection: Sending, call: Call): unknown {
  const { state } = connection;
  const { text, mark } = call;
  switch (state.is) {
    case 'outside':
      if (mark !== null) return refuse('A statement that goes with another one of its transaction is in none');
      return begins.test(text) ? wait(connection, [], call) : sendAlone(connection, call);
    case 'inside':
      if (mark === 'next') return wait(connection, state.before, call);
      return ends.test(text) ? end(connection, state.before, call) : sendInside(connection, state.before, call);
    case 'refused':
      if (!/^rollback$/i.test(text)) return Promise.reject(state.error);
      connection.state = { is: 'outside' };
      return answered;
    case 'committed':
      if (!ends.test(text)) return refuse('A statement follows the commit of its transaction');
      connection.state = { is: 'outside' };
      return answered;
  }
}

/** Of a statement that is not sent, or not yet. */
const answered = Promise.resolve({ command: '', rowCount: null, rows: [] });

const refuse = (why: string): Promise<never> => Promise.reject(new NoTransactionError(why));

function wait(connection: Sending, before: readonly MessagePart[], call: Call): unknown {
  connection.state = { is: 'inside', before: [...before, partOf(call)] };
  return answered;
}

function partOf({ text, parameters: [, values] }: Call): MessagePart {
  return toPart(text, Array.isArray(values) ? values : []);
}

const commit = (): MessagePart => toPart('commit', []);

/** What waits is not sent any more where it is rolled back. */
function end(connection: Sending, before: readonly MessagePart[], call: Call): unknown {
  const isBegun = !begins.test(before[0]?.text ?? '');
  const isWithout = before.every(({ text }) => begins.test(text));
  connection.state = { is: 'outside' };
  if (isWithout || /^rollback$/i.test(call.text)) return isBegun ? connection.send(call.parameters) : answered;
  return sendMessage(connection, { parts: [...before, commit()], main: before.length, after: { is: 'outside' } });
}

/** A text without parameters may be several statements, which cannot be part of a message: it waits for those before it. */
function sendInside(connection: Sending, before: readonly MessagePart[], call: Call): unknown {
  const isLast = call.mark === 'commit';
  connection.state = inside;
  if (before.length === 0 && !isLast) return sendAlone(connection, call);
  const part = partOf(call);
  if (part.name === undefined && part.values.length === 0) return sendOneByOne(connection, before, call);
  const main = before.length;
  return isLast
    ? sendMessage(connection, { parts: [...before, part, commit()], main, after: { is: 'committed' } })
    : sendMessage(connection, { parts: [...before, part], main, after: inside });
}

/** One that is not prepared may be several statements, or not one of ours. */
function sendAlone({ send }: Sending, call: Call): unknown {
  const [query, ...others] = call.parameters;
  const part = partOf(call);
  if (typeof query !== 'string' || part.name === undefined) return send(call.parameters);
  // As the pool's own query() does, which waits for no promise.
  if (others.some((one) => typeof one === 'function')) return send([{ name: part.name, text: query }, ...others]);
  return new Promise((resolve, reject) => {
    send([new Message([part], (error, [answer]) => (error ? reject(error) : resolve(answer)))]);
  });
}

const inside: State = { is: 'inside', before: [] };

async function sendOneByOne(connection: Sending, before: readonly MessagePart[], call: Call): Promise<unknown> {
  if (before.length > 0) await sendMessage(connection, { parts: before, main: 0, after: inside });
  return connection.send([call.text]);
}

interface Sent {
  parts: readonly MessagePart[];
  /** Whose answer is the caller's. */
  main: number;
  /** Where all succeed. */
  after: State;
}

function sendMessage(connection: Sending, { parts, main, after }: Sent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const message = new Message(parts, (error, answers) => {
      connection.state = error ? stateAfter(error, message, parts) : after;
      if (error) reject(error);
      else resolve(withThoseBefore(answers, main));
    });
    connection.send([message]);
  });
}

/** The answer at `main`; its rows are the key to those of the statements before it. */
function withThoseBefore(answers: readonly unknown[], main: number): unknown {
  const last = answers[main];
  if (main > 0) rowsBefore.set(rowsOf(last), answers.slice(0, main).map(rowsOf));
  return last;
}

/** A commit that fails ends the transaction as well. */
function stateAfter(error: Error, { answered: count }: Message, parts: readonly MessagePart[]): State {
  const isBegun = count > 0 || !begins.test(parts[0]?.text ?? '');
  const isEnded = parts[count]?.text === commit().text;
  return isBegun && !isEnded ? inside : { is: 'refused', error };
}
