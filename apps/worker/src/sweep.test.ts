import { afterAll, expect, test } from '@jest/globals';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { sql } from 'kysely';

import { updateNames } from './sweep.ts';

afterAll(closeTestLedgers);

test('names of a tenant that may not be searched for are dropped, also where it fails for the others', async () => {
  const { ledger } = await connectTestLedger();
  await sql`alter table name_backfills add constraint refused check (tenant <> 'acme')`.execute(ledger.db);
  await sql`create function refuse() returns trigger language plpgsql as $$ begin
    if old.tenant = 'initech' then raise check_violation; end if; return old; end $$`.execute(ledger.db);
  await sql`create trigger refuse before delete on name_prefixes for each row execute function refuse()`.execute(
    ledger.db,
  );
  for (const tenant of ['initech', 'globex'])
    await sql`insert into name_prefixes (tenant, token, shipment_id) values (${tenant}, '\\x00', 'shp_1')`.execute(
      ledger.db,
    );
  const errors: unknown[] = [];
  const searchableNames = new Map([
    ['acme', true],
    ['initech', false],
    ['globex', false],
    ['hooli', true],
  ]);
  await updateNames({ ledger, searchableNames, onError: (error) => void errors.push(error) });
  expect(errors).toMatchObject([{ code: '23514' }, { code: '23514' }]);
  const left = await ledger.db.selectFrom('name_prefixes').select('tenant').execute();
  expect(left).toEqual([{ tenant: 'initech' }]);
  const filled = await sql`select tenant from name_backfills`.execute(ledger.db);
  expect(filled.rows).toEqual([{ tenant: 'hooli' }]);
});
