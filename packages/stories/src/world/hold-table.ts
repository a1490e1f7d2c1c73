import { waitUntil } from '@keycourier/local/clients/wait-until';
import pg from 'pg';

import { queryLedger } from './ledger.ts';
import type { World } from './world.ts';

/** Does something while no other transaction can use a table; SCIM requests wait for it for a moment, then they fail. */
export async function whileHeld<Result>(
  world: World,
  table: 'people' | 'directory_members',
  work: (untilWaitedFor: () => Promise<unknown>) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: world.stack.databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`lock table ${table} in access exclusive mode`);
    return await work(() =>
      waitUntil(`a transaction that waits for ${table}`, async () => {
        const rows = await queryLedger(
          world,
          'select 1 from pg_locks where relation = $1::regclass and not granted limit 1',
          [table],
        );
        return rows.length > 0;
      }),
    );
  } finally {
    await client.end();
  }
}
