import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseFilter } from '@keycourier/scim-protocol/filter/parse-filter';
import { wholeResource } from '@keycourier/scim-protocol/resources/projection';
import { sql, type KyselyPlugin } from 'kysely';
import pg from 'pg';

import type { Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { aConnection, aUser, by, idOf, reading, write } from '../testing/sample-directory.ts';
import type { Connection } from './connections/connection.ts';
import { createGroup } from './groups/create-group.ts';
import { patchGroup } from './groups/write-group.ts';
import { createUser } from './users/create-user.ts';
import { deleteUser } from './users/delete-user.ts';
import { listUsers } from './users/list-users.ts';
import { readUser } from './users/read-user.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
let url: string;
let okta: Connection;
let person: string;
let group: string;
beforeAll(async () => {
  ({ ledger, url } = await connectTestLedger());
  okta = await aConnection(ledger, { includeManual: true, takeOverByLocalPart: true });
  await sql`
    insert into people (id, tenant, connection_id, user_name_index, local_part_index, external_id_index, active, created_at,
      last_modified, tokens)
    select 'usr_' || lpad(n::text, 26, '0'), 'acme', case when n % 10 < 9 then ${okta.id} end, md5(n::text), md5('l' || n),
      md5('e' || n), true, now(), now(), array['u' || n % 20, 'e' || n]
    from generate_series(1, 12000) n`.execute(ledger.db);
  const { rows: people } = await sql<{ id: string }>`select id from people`.execute(ledger.db);
  const sealed = people.flatMap(({ id }) =>
    ['userName', 'title'].map((name) => [id, name, ledger.sealing.seal('"x"', sealedContext.attribute(id, name))]),
  );
  await sql`
    insert into person_attributes select id, name, 'x', sealed from unnest(${sealed.map(([id]) => id)}::text[],
      ${sealed.map(([, name]) => name)}::text[], ${sealed.map(([, , text]) => text)}::text[]) as row (id, name, sealed)`.execute(
    ledger.db,
  );
  await sql`
    insert into directory_groups (id, tenant, connection_id, display_name, folded, created_at, last_modified)
    select 'grp_' || n, 'acme', ${okta.id}, 'G' || n, 'g' || n, now(), now() from generate_series(1, 40) n`.execute(
    ledger.db,
  );
  await sql`
    insert into directory_members select 'grp_' || (n % 40 + 1), 'usr_' || lpad(n::text, 26, '0'), 'mem_' || n, now()
    from generate_series(1, 12000) n`.execute(ledger.db);
  person = idOf(
    await write(ledger, by(okta), (scope) => createUser(scope, aUser('anna@example.com', { externalId: 'e' }))),
  );
  group = idOf(
    await write(ledger, by(okta), (scope) =>
      createGroup(scope, { displayName: 'S', externalId: null, members: [person] }),
    ),
  );
  await sql`vacuum analyze`.execute(ledger.db);
});

interface Statement {
  text: string;
  values: unknown[];
}

/** Every statement that goes through the ledger that `work` gets. */
async function statementsOf(work: (watched: Ledger) => Promise<unknown>): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  const executor = ledger.db.getExecutor();
  const watching: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      const { sql: text, parameters } = executor.compileQuery(node, queryId);
      statements.push({ text, values: [...parameters] });
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await work({ ...ledger, db: ledger.db.withPlugin(watching) });
  return statements;
}

/** The plans of the statements that name a table of the directory. */
async function plansOf(work: (watched: Ledger) => Promise<unknown>): Promise<readonly string[]> {
  const statements = (await statementsOf(work)).filter(({ text }) => /people|person_attributes|directory_/.test(text));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const plans: string[] = [];
    for (const { text, values } of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
    return plans;
  } finally {
    await client.end();
  }
}

const list =
  (filter: string | null, startIndex = 1) =>
  (watched: Ledger) =>
    listUsers(reading(watched, by(okta)), {
      filter: filter === null ? null : parseFilter(filter, 'User'),
      sortBy: null,
      sortOrder: 'ascending',
      startIndex,
      count: 100,
      projection: wholeResource,
    });
const inTx = (work: Parameters<typeof write<unknown>>[2]) => (watched: Ledger) => write(watched, by(okta), work);

const hot: readonly [string, () => (watched: Ledger) => Promise<unknown>, string[]][] = [
  ['userName eq', () => list('userName eq "anna@example.com"'), ['people_user_name']],
  ['externalId eq', () => list('externalId eq "e"'), ['people_external_id']],
  ['emails.value eq', () => list('emails.value eq "a@example.com"'), ['people_tokens']],
  ['userName sw', () => list('userName sw "ann"'), ['people_tokens']],
  ['id eq', () => list('id eq "usr_1"'), ['people_']],
  ['a page in the middle', () => list(null, 5_001), ['people_by_owner', 'person_attributes_pkey']],
  ['a page near the end', () => list(null, 11_001), ['people_by_owner']],
  [
    'reading one user',
    () => (watched) => readUser(reading(watched, by(okta)), person),
    ['people_by_id', 'directory_members_of_person'],
  ],
  [
    'creating a user',
    () => inTx((scope) => createUser(scope, aUser('new@example.com', { externalId: 'n' }))),
    ['people_user_name', 'people_external_id', 'people_local_part'],
  ],
  [
    'adding members',
    () =>
      inTx((scope) =>
        patchGroup(scope, { id: group }, [{ kind: 'add_members', ids: ['usr_' + '1'.padStart(26, '0')] }]),
      ),
    ['people_by_id'],
  ],
  [
    'replacing members',
    () => inTx((scope) => patchGroup(scope, { id: group }, [{ kind: 'replace_members', ids: [person] }])),
    ['directory_members_pkey'],
  ],
  [
    'deleting a user',
    () => inTx((scope) => deleteUser(scope, { id: person })),
    ['directory_members_of_person', 'people_pkey'],
  ],
];

test.each(hot)('%s uses indexes', async (_what, workOf, indexes) => {
  const plans = await plansOf(workOf());
  expect(plans.length).toBeGreaterThan(0);
  for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (?:people|person_attributes|directory_members)\b/);
  for (const index of indexes) expect(plans.join('\n')).toContain(index);
});

test('the groups of the users of a page are found by their memberships, however few groups there are', async () => {
  const few = await aConnection(ledger, {}, 'globex');
  await sql`
    insert into directory_groups (id, tenant, connection_id, display_name, folded, created_at, last_modified)
    select 'grp_few_' || n, 'globex', ${few.id}, 'F' || n, 'f' || n, now(), now() from generate_series(1, 3) n`.execute(
    ledger.db,
  );
  await sql`analyze directory_groups`.execute(ledger.db);
  const plans = await plansOf((watched) =>
    listUsers(reading(watched, by(few)), {
      filter: null,
      sortBy: null,
      sortOrder: 'ascending',
      startIndex: 1,
      count: 100,
      projection: wholeResource,
    }),
  );
  expect(plans.join('\n')).not.toContain('directory_members_pkey');
});
