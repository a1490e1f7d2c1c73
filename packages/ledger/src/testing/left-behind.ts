import { AssertionError } from 'node:assert';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

import { TransactionBuilder } from 'kysely';
import pg from 'pg';

interface Opened {
  what: string;
  /** Where: its text is made only when it is read. */
  stack?: string;
}

const connections = new Map<pg.Client, Opened>();
const transactions = new Set<Opened>();
/** What no later look would find: it was ended, or has failed, without its test. */
const faults: unknown[] = [];

/**
 * Watches connections, transactions and promises of this process, which test files share: what one leaves behind, such as a rollback on
 * a connection that is lost later, would fail, or end, another one. Called once, before the first file.
 */
export function watchForLeftBehind(): void {
  const { connect } = pg.Client.prototype;
  replace(pg.Client.prototype, 'connect', function (...parameters) {
    connections.set(this, openedHere('a connection to Postgres'));
    return Reflect.apply(connect, this, parameters);
  });
  const { execute } = TransactionBuilder.prototype;
  replace(TransactionBuilder.prototype, 'execute', async function (...parameters) {
    const begun = openedHere('a transaction');
    transactions.add(begun);
    try {
      return await Reflect.apply(execute, this, parameters);
    } catch (error) {
      if (error instanceof Error) begunBy.set(error, begun);
      throw error;
    } finally {
      transactions.delete(begun);
    }
  });
  process.on('unhandledRejection', (error) => void faults.push(error));
}

const replace = <Self extends object>(of: Self, name: string, by: (this: Self, ...parameters: unknown[]) => unknown) =>
  Reflect.set(of, name, by);

/** Which transaction has failed with this error. */
const begunBy = new WeakMap<Error, Opened>();

/** Its pool has let it go, or the server has. BullMQ removes all listeners, so that no event says so. */
const isClosed = (client: pg.Client): boolean => Reflect.get(client, '_ended') === true;

const busy = new Set<string | null>(['T', 'E']);

/** Whether it is within a transaction. A single statement may be: BullMQ leaves some of its own behind when it closes. */
const isBusy = (client: pg.Client): boolean => !isClosed(client) && busy.has(client.getTransactionStatus());

/** A database is about to be dropped, with the connections to it: no transaction may be under way. */
export function watchDrop(database: string): void {
  for (const [client, opened] of connections)
    if (client.database === database && isBusy(client)) faults.push(describe('dropped the database of', opened));
}

const lookEveryMs = 5;

/**
 * Waits until everything is closed that the file has opened: a socket ends a little later than its pool.
 * @throws AssertionError that says what is open, and where it was opened
 */
export async function assertNothingLeft({ limitMs = 60_000 } = {}): Promise<void> {
  const until = performance.now() + limitMs;
  while (open().length > 0 && performance.now() < until) await sleep(lookEveryMs);
  // Rejections are reported when no microtask is left.
  await setImmediate();
  const left = [...open().map((one) => describe('left open', one)), ...faults.splice(0).map(describeFault)];
  connections.clear();
  transactions.clear();
  if (left.length > 0) throw new AssertionError({ message: left.join('\n') });
}

function open(): Opened[] {
  for (const client of connections.keys()) if (isClosed(client)) connections.delete(client);
  return [...connections.values(), ...transactions];
}

function openedHere(what: string): Opened {
  const opened: Opened = { what };
  Error.captureStackTrace(opened, openedHere);
  return opened;
}

const describe = (end: string, { what, stack = '' }: Opened): string =>
  `This file ${end} ${what}, of${stack.slice(stack.indexOf('\n'))}`;

function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const begun = begunBy.get(error);
  return `No one has handled ${error.stack ?? error.message}${begun === undefined ? '' : `\n${describe('began', begun)}`}`;
}
