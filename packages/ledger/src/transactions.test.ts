import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPool } from '@keycourier/runtime/postgres-pool';
import { rowsOfThoseBefore, withCommitMark, withNextMark } from '@keycourier/runtime/postgres-with-next';
import { until } from '@keycourier/runtime/testing/until';
import { sql, type RawBuilder } from 'kysely';
import type { PoolClient } from 'pg';

import type { Database, Ledger } from './connect-ledger.ts';
import { prepared } from './prepared.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from './testing/connect-test-ledger.ts';
import { countStatements, withOutcomes } from './testing/statement-outcomes.ts';
import { waitingSessions } from './testing/waiting-sessions.ts';
import { commitWithLast, sendTogether } from './transactions.ts';

let opened: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened = await connectTestLedger();
  ledger = opened.openAnother({ maxConnections: 1 });
  await sql`create table marks (name text primary key)`.execute(ledger.db);
});
afterAll(closeTestLedgers);

const mark = (db: Database, name: string) => sql`${prepared} insert into marks values (${name})`.execute(db);
const marks = async (): Promise<unknown[]> =>
  (await sql<{ name: string }>`select name from marks order by name`.execute(opened.ledger.db)).rows.map(
    ({ name }) => name,
  );
const processIdOf = async (db: Database): Promise<number> =>
  (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid ?? 0;

describe('a transaction', () => {
  test('takes one message for each statement and one for its commit, and none without a statement', async () => {
    const counted = await countStatements(() =>
      ledger.db.transaction().execute(async (tx) => {
        await mark(tx, 'one');
        await mark(tx, 'two');
      }),
    );
    expect(counted).toBe(3);
    expect(await countStatements(() => ledger.db.transaction().execute(async () => undefined))).toBe(0);
    expect(await marks()).toEqual(['one', 'two']);
  });

  test('is not committed before its end, and not at all where its work fails', async () => {
    const failing = ledger.db.transaction().execute(async (tx) => {
      await mark(tx, 'three');
      expect(await marks()).not.toContain('three');
      throw new TypeError('as planned');
    });
    await expect(failing).rejects.toThrow('as planned');
    expect(await marks()).not.toContain('three');
  });

  test('whose first statement fails is rolled back, and its connection and statements are of use', async () => {
    const pid = await processIdOf(ledger.db);
    const begin = () => ledger.db.transaction().execute((tx) => mark(tx, 'one'));
    await expect(begin()).rejects.toMatchObject({ code: '23505' });
    const later = sql`${prepared} select name from later where name = ${'x'}`;
    await expect(ledger.db.transaction().execute((tx) => later.execute(tx))).rejects.toMatchObject({ code: '42P01' });
    await sql`create table later (name text)`.execute(ledger.db);
    for (const db of [ledger.db, ledger.db])
      expect((await db.transaction().execute((tx) => later.execute(tx))).rows).toEqual([]);
    expect((await later.execute(ledger.db)).rows).toEqual([]);
    expect(await processIdOf(ledger.db)).toBe(pid);
  });

  test('goes on after a first statement that it caught, as far as Postgres lets it', async () => {
    const going = ledger.db.transaction().execute(async (tx) => {
      await mark(tx, 'one').catch(() => undefined);
      await mark(tx, 'four');
    });
    await expect(going).rejects.toMatchObject({ code: '25P02' });
    expect(await marks()).not.toContain('four');
  });

  test('has its isolation level and access mode from its first statement on, be it with parameters or without', async () => {
    const settings = ledger.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
    const [level, mode] = ['transaction_isolation', 'transaction_read_only'];
    const read = sql`select current_setting(${level}) as level, current_setting(${mode}) as mode`;
    const expected = [{ level: 'repeatable read', mode: 'on' }];
    expect((await settings.execute((tx) => read.execute(tx))).rows).toEqual(expected);
    const plain = sql`select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as mode`;
    expect((await settings.execute((tx) => plain.execute(tx))).rows).toEqual(expected);
    expect((await read.execute(ledger.db)).rows).toEqual([{ level: 'read committed', mode: 'off' }]);
  });

  test('may begin with a savepoint, or with a text of several statements', async () => {
    await ledger.db.transaction().execute(async (tx) => {
      await sql`savepoint part`.execute(tx);
      await mark(tx, 'five');
      await sql`rollback to savepoint part`.execute(tx);
    });
    expect(await marks()).not.toContain('five');
    const failing = ledger.db.transaction().execute(async (tx) => {
      await sql`insert into marks values ('five'); insert into marks values ('six')`.execute(tx);
      await mark(tx, 'six');
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(await marks()).not.toContain('five');
  });

  test('with a parameter that cannot be sent fails alone', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const failing = ledger.db.transaction().execute((tx) => sql`select ${circular}::json as none`.execute(tx));
    await expect(failing).rejects.toThrow(/circular/);
    const alone = sql`${prepared} select ${circular}::json as none`.execute(ledger.db);
    await expect(alone).rejects.toThrow(/circular/);
    await ledger.db.transaction().execute((tx) => mark(tx, 'six'));
    expect(await marks()).toContain('six');
  });

  test('whose connection is lost at its first statement fails by that, and nothing else does', async () => {
    for (const outcome of ['lost_before', 'lost_after'] as const) {
      const lose = withOutcomes(
        (number) => (number === 1 ? outcome : 'sent'),
        () => ledger.db.transaction().execute((tx) => mark(tx, outcome)),
      );
      await expect(lose).rejects.toThrow('Connection terminated unexpectedly');
      expect(await processIdOf(ledger.db)).toBeGreaterThan(0);
      expect(await marks()).not.toContain(outcome);
    }
  });

  test('whose first statement is not answered in time ends with its connection', async () => {
    const waiting = opened.openAnother({ maxConnections: 1, limits: { answerMs: 5_000 } });
    const pid = await processIdOf(waiting.db);
    await sql`set statement_timeout = 0`.execute(waiting.db);
    const late = waiting.db.transaction().execute((tx) => sql`select pg_sleep(${60})`.execute(tx));
    await expect(late).rejects.toThrow('Query read timeout');
    expect(await processIdOf(waiting.db)).not.toBe(pid);
  });
});

describe('a transaction whose work ends with a last statement', () => {
  const add = sql`${prepared} insert into sums values (${1}) returning of`;
  const countAfter = async (): Promise<number> =>
    (await sql<{ of: number }>`select of from sums`.execute(opened.ledger.db)).rows.length;
  beforeAll(async () => {
    await sql`create table sums (of integer unique deferrable initially deferred)`.execute(ledger.db);
  });
  beforeEach(async () => void (await sql`delete from sums`.execute(opened.ledger.db)));

  test('is committed by the message of that statement, whose rows it has, and only once', async () => {
    const rows: unknown[] = [];
    const counted = await countStatements(async () => {
      const work = async (last: Database) => (await add.execute(last)).rows;
      rows.push(...(await commitWithLast(ledger.db, async () => work)));
    });
    expect([counted, rows, await countAfter()]).toEqual([1, [{ of: 1 }], 1]);
    const without = countStatements(() =>
      commitWithLast(ledger.db, async (tx) => {
        await sql`delete from sums where of = ${1}`.execute(tx);
        return async () => undefined;
      }),
    );
    expect([await without, await countAfter()]).toEqual([2, 0]);
  });

  test('is not committed where that one fails, or the commit itself, and the connection is of use', async () => {
    const pid = await processIdOf(ledger.db);
    const endWith = (last: RawBuilder<unknown>) =>
      commitWithLast(ledger.db, async (tx) => {
        await add.execute(tx);
        return (end) => last.execute(end);
      });
    await expect(endWith(sql`select 1 / ${0}::int`)).rejects.toMatchObject({ code: '22012' });
    await expect(endWith(add)).rejects.toMatchObject({ code: '23505' });
    expect(await countAfter()).toBe(0);
    await endWith(sql`select ${1}::int`);
    expect([await countAfter(), await processIdOf(ledger.db)]).toEqual([1, pid]);
  });

  test('refuses a statement after it, and outside of a transaction there is none', async () => {
    const twice = commitWithLast(ledger.db, async () => async (last) => {
      await add.execute(last);
      await add.execute(last);
    });
    await expect(twice).rejects.toMatchObject({ code: 'no_transaction' });
    expect(await countAfter()).toBe(1);
    for (const mark of [withCommitMark, withNextMark])
      await expect(sql`${sql.raw(mark)}${add}`.execute(ledger.db)).rejects.toMatchObject({ code: 'no_transaction' });
    await add.execute(ledger.db).catch(() => undefined);
    expect(await countAfter()).toBe(1);
  });

  test.each(['lost_before', 'lost_after'] as const)('fails where its connection is %s the commit', async (outcome) => {
    const lose = withOutcomes(
      (_, text) => (text === 'commit' ? outcome : 'sent'),
      () => commitWithLast(ledger.db, async () => async (last) => add.execute(last)),
    );
    await expect(lose).rejects.toThrow('Connection terminated unexpectedly');
    expect(await countAfter()).toBe(outcome === 'lost_after' ? 1 : 0);
  });
});

describe('a statement that is sent with the next one', () => {
  const withNext = sql.raw(withNextMark);
  const locking = sql`${withNext}${prepared} select pg_advisory_xact_lock(${1}), 'not read' as name`;
  const named = (name: string) => sql<{ name: string }>`${prepared} select name from marks where name = ${name}`;

  test('is before it, also for what was committed while it waited', async () => {
    const other = await opened.ledger.db.startTransaction().execute();
    await sql`select pg_advisory_xact_lock(1)`.execute(other);
    const reading = ledger.db.transaction().execute(async (tx) => {
      await locking.execute(tx);
      return (await named('waited for').execute(tx)).rows;
    });
    await until(
      () => waitingSessions(opened.ledger.db),
      ({ length }) => length > 0,
    );
    await mark(other, 'waited for');
    await other.commit().execute();
    expect(await reading).toEqual([{ name: 'waited for' }]);
  });

  test('is no message of its own, and is sent with the commit where nothing else follows', async () => {
    const counted = await countStatements(() =>
      ledger.db.transaction().execute(async (tx) => {
        await mark(tx, 'ten');
        await locking.execute(tx);
        await named('ten').execute(tx);
      }),
    );
    expect(counted).toBe(3);
    await ledger.db
      .transaction()
      .execute((tx) => sql`${withNext}${prepared} insert into marks values (${'eleven'})`.execute(tx));
    expect(await marks()).toContain('eleven');
  });

  test('has its rows beside those of the last one', async () => {
    const one = (name: string) => sql<{ name: string }>`${prepared} select ${name}::text as name`;
    const read = ledger.db
      .transaction()
      .execute((tx) => sendTogether(tx, [one('a'), one('b')], () => one('c').execute(tx)));
    expect(await read).toEqual({ rows: [{ name: 'c' }], before: [[{ name: 'a' }], [{ name: 'b' }]] });
  });

  test('fails the next one, which does not run, and both are of use later', async () => {
    const failing = sql`${withNext}${prepared} select 1 / ${0}::int`;
    const insert = (name: string) => sql`${prepared} insert into marks (name) values (${name})`;
    for (const name of ['twelve', 'thirteen']) {
      const work = ledger.db.transaction().execute(async (tx) => {
        await failing.execute(tx);
        await insert(name).execute(tx);
      });
      await expect(work).rejects.toMatchObject({ code: '22012' });
      expect(await marks()).not.toContain(name);
    }
    await ledger.db.transaction().execute((tx) => insert('twelve').execute(tx));
    expect(await marks()).toContain('twelve');
  });
});

/** Of a client of its own. */
async function withClient(work: (client: PoolClient) => Promise<unknown>): Promise<void> {
  const pool = createPool({ databaseUrl: opened.url, use: 'job', maxConnections: 1, applicationName: 'test' });
  const client = await pool.connect();
  try {
    await work(client);
  } finally {
    client.release();
    await pool.end();
  }
}

test('a begin that is refused refuses all statements until the rollback', async () => {
  await withClient(async (client) => {
    const insert = (name: string) => client.query('/* prepared */ insert into marks values ($1)', [name]);
    for (const first of [() => insert('seven'), () => client.query(`insert into marks values ('seven')`)]) {
      await client.query('start transaction of another kind');
      await expect(first()).rejects.toMatchObject({ code: '42601' });
      await expect(insert('eight')).rejects.toMatchObject({ code: '42601' });
      await expect(client.query('commit')).rejects.toMatchObject({ code: '42601' });
      await client.query('rollback');
    }
    expect(await marks()).not.toEqual(expect.arrayContaining([expect.stringMatching(/seven|eight/)]));
    await insert('nine');
    expect(await marks()).toContain('nine');
  });
});

test('a statement is prepared once on a connection, be it first in a transaction, alone or together with others', async () => {
  const statement = (by: number) => sql`${prepared} select 1 / ${by}::int as once`;
  const ways: ((own: Ledger, by: number) => Promise<unknown>)[] = [
    ({ db }, by) => db.transaction().execute((tx) => statement(by).execute(tx)),
    ({ db }, by) => statement(by).execute(db),
    ({ together }, by) => together([statement(by), statement(1)]),
  ];
  const [first, alone] = ways;
  for (const [index] of ways.entries()) {
    const own = opened.openAnother({ maxConnections: 1 });
    for (const run of [...ways.slice(index), ...ways.slice(0, index)]) {
      await run(own, 1);
      await expect(alone?.(own, 0)).rejects.toMatchObject({ code: '22012' });
      await expect(first?.(own, 0)).rejects.toMatchObject({ code: '22012' });
    }
    const { rows } = await sql`select from pg_prepared_statements where statement like '%as once'`.execute(own.db);
    expect(rows).toHaveLength(1);
  }
});

test('the fields of a prepared statement are described once on a connection, and its rows are read the same each time', async () => {
  await withClient(async (client) => {
    let described = 0;
    const connection: unknown = Reflect.get(client, 'connection');
    if (!(connection instanceof EventEmitter)) throw new TypeError('node-postgres has another kind of connection');
    connection.on('rowDescription', () => (described += 1));
    const counting =
      '/* prepared */ select n, 4 / (n - $2::int) as quotient, array[null, $3] as list from generate_series(1, $1::int) n';
    const insert = '/* prepared */ insert into marks values ($1)';
    const rowsOfBoth = {
      2: [
        { n: 1, quotient: 4, list: [null, 'a'] },
        { n: 2, quotient: 2, list: [null, 'a'] },
      ],
      0: [],
    };
    await expect(client.query(counting, [1, 1, 'a'])).rejects.toMatchObject({ code: '22012' });
    for (const count of [0, 2, 0] as const) {
      expect((await client.query(counting, [count, 0, 'a'])).rows).toEqual(rowsOfBoth[count]);
      await client.query('begin');
      await client.query(`${withNextMark}${counting}`, [2, 0, 'a']);
      await client.query(`${withNextMark}${insert}`, [randomUUID()]);
      const last = await client.query(`${withCommitMark}${counting}`, [count, 0, 'a']);
      await client.query('commit');
      expect([last.rows, rowsOfThoseBefore(last.rows)]).toEqual([rowsOfBoth[count], [[], rowsOfBoth[2], []]]);
      expect((await client.query(insert, [randomUUID()])).rows).toEqual([]);
    }
    expect(described).toBe(1);
  });
});

test('a prepared statement is run by the query() of a pool, which waits by a callback, and is prepared once', async () => {
  const pool = createPool({ databaseUrl: opened.url, use: 'job', maxConnections: 1, applicationName: 'test' });
  const found: unknown[] = [];
  for (const value of [1, 2])
    void pool
      .query('/* prepared */ select $1::int as by_callback', [value])
      .then(({ rows }) => void found.push(...rows));
  await until(
    () => found,
    ({ length }) => length === 2,
  );
  expect(found).toEqual([{ by_callback: 1 }, { by_callback: 2 }]);
  const kept = await pool.query("select from pg_prepared_statements where statement like '%as by_callback'");
  expect(kept.rows).toHaveLength(1);
  await pool.end();
});

test('a prepared statement whose rows have become others is refused, and not read as before', async () => {
  await withClient(async (client) => {
    await client.query('create table changing (value integer)');
    await client.query('insert into changing values (1)');
    const read = () => client.query('/* prepared */ select value from changing');
    expect((await read()).rows).toEqual([{ value: 1 }]);
    await client.query('alter table changing alter column value type text');
    await expect(read()).rejects.toMatchObject({ code: '0A000' });
  });
});
