import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let documented: { table: string; columns: string[] }[];
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  const text = await readFile(new URL('../../../../docs/personal-data.md', import.meta.url), 'utf8');
  documented = [...text.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, table = '', columns = '']) => ({
    table,
    columns: columns.startsWith('all') ? ['*'] : [...columns.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  }));
});

/** Kysely's own, and the library's of the console. */
const othersTables = /^kysely_/;

test('every column of the database is in docs/personal-data.md, and every documented one exists', async () => {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' order by 1, 2`.execute(ledger.db);
  const own = rows.filter(({ table }) => !othersTables.test(table));
  const rulesOf = (table: string): string[] => documented.flatMap((rule) => (rule.table === table ? rule.columns : []));
  const undocumented = own.filter(({ table, column }) => {
    const named = rulesOf(table);
    return !named.includes(column) && !named.includes('*');
  });
  expect(undocumented).toEqual([]);
  const known = new Set(own.map(({ table, column }) => `${table}.${column}`));
  const unknown = documented.flatMap(({ table, columns }) =>
    columns
      .filter((column) => column !== '*' && !known.has(`${table}.${column}`))
      .map((column) => `${table}.${column}`),
  );
  expect(unknown).toEqual([]);
  expect(own.length).toBeGreaterThan(100);
});

test('no column is documented twice', () => {
  const named = documented.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`));
  expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
});
