import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';

afterAll(closeTestLedgers);

/** The check of the repository, for names on standard input. */
function findRetiredWords(names: readonly string[]): { status: number | null; output: string } {
  const check = fileURLToPath(new URL('../../../infra/checks/retired-words.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [check, '--schema'], {
    input: names.join('\n'),
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}

test('no table, column, index, constraint or sequence has a retired word in its name', async () => {
  const { ledger } = await connectTestLedger();
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace
    union select attname from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
    union select conname from pg_constraint where connamespace = 'public'::regnamespace
    order by name`.execute(ledger.db);
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'outbox',
      'dispatch_id',
      'shipments_open',
      'outbox_dispatch_id',
      'step_attempts_shipment_id_not_null',
    ]),
  );
  expect(findRetiredWords(names)).toEqual({ status: 0, output: expect.not.stringContaining('✗') });
  // The check would find the word in this file, too.
  expect(findRetiredWords([['do', 'or'].join('')])).toMatchObject({ status: 1 });
});
