import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { z } from 'zod';

import { createApiKey } from './api-keys/api-keys.ts';
import { readAudit } from './audit/read-audit.ts';
import { recordAudit } from './audit/record-audit.ts';
import { finishBatch, insertBatch, newBatchId } from './batches/batches.ts';
import { readRows } from './batches/read-rows.ts';
import { rejectRows } from './batches/reject-rows.ts';
import { createBulkAction, readBulkAction } from './bulk/bulk-actions.ts';
import type { Ledger } from './connect-ledger.ts';
import { createUser } from './directory/users/create-user.ts';
import { readUser } from './directory/users/read-user.ts';
import { commentHold, readComments } from './holds/claims.ts';
import { assignToHub, readAssignment } from './hub/assignments.ts';
import { createHubLink, readHubCredentials, setHubClient } from './hub/links.ts';
import { listMirrors } from './hub/list-mirrors.ts';
import { requirePeople } from './hub/mirrors.ts';
import { claimMirror, noteCreating } from './hub/push-mirror.ts';
import { findStoredAnswer, rememberAnswer } from './idempotency/idempotency.ts';
import { countSealed, resealAll } from './reseal.ts';
import { sealedColumns, sealedContext } from './sealed-columns.ts';
import { createSealing, generateKeyring, parseKeyring, type Sealing } from './sealing.ts';
import { readShipment } from './shipments/read-shipment.ts';
import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';
import { aUser, byHand, reading, write } from './testing/sample-directory.ts';
import { bring, hold, open } from './testing/sample-shipments.ts';

afterAll(closeTestLedgers);

const keyring = z.object({ active: z.string(), keys: z.record(z.string(), z.string()), indexKey: z.string() });

/** A sealing before, during and after a rotation from k1 to k2. */
function rotation(): Record<'before' | 'during' | 'after', Sealing> {
  const [old, fresh] = [
    keyring.parse(JSON.parse(generateKeyring('k1'))),
    keyring.parse(JSON.parse(generateKeyring('k2'))),
  ];
  const sealingOf = (active: string, keys: Record<string, string>): Sealing =>
    createSealing(parseKeyring(JSON.stringify({ active, keys, indexKey: old.indexKey })));
  return {
    before: sealingOf('k1', old.keys),
    during: sealingOf('k2', { ...old.keys, ...fresh.keys }),
    after: sealingOf('k2', fresh.keys),
  };
}

let ledger: Ledger;
let sealings: ReturnType<typeof rotation>;
let shipments: string[];
let batchId: string;
let apiKeyId: string;
let personId: string;
let bulkId: string;
const using = (sealing: Sealing): Ledger => ({ ...ledger, sealing });
const rowsOf = async (sealing: Sealing): Promise<unknown[]> => [
  await Promise.all(shipments.map((id) => readShipment(using(sealing), 'acme', id))),
  await readRows(using(sealing), { batchId, after: 0, limit: 10 }),
  await readUser(reading(using(sealing), byHand()), personId),
  await readAudit(using(sealing), { tenant: 'acme' }, { limit: 10 }),
  await readComments(using(sealing), 'acme', shipments[1] ?? ''),
  await readHubCredentials(using(sealing), 'acme'),
  await readAssignment(using(sealing), { tenant: 'acme', userId: '00uAnn' }),
  await creatingLoginOf(sealing),
  await sourcedLoginOf(sealing),
  await readBulkAction(using(sealing), 'acme', bulkId),
  await ledger.db
    .transaction()
    .execute((tx) => findStoredAnswer(using(sealing), tx, { apiKeyId, key: 'once', body: 'body' })),
  (await ledger.db.selectFrom('inbound_deliveries').select(['id', 'body']).execute()).map(({ id, body }) =>
    sealing.unsealBytes(body, sealedContext.deliveries(id)).toString('hex'),
  ),
];

async function creatingLoginOf(sealing: Sealing): Promise<string | null> {
  const { id, creating_login: login } = await ledger.db
    .selectFrom('mirrors')
    .select(['id', 'creating_login'])
    .executeTakeFirstOrThrow();
  return login === null ? null : sealing.unseal(login, sealedContext.creatingLogin(id));
}

async function sourcedLoginOf(sealing: Sealing): Promise<string | null> {
  const row = await ledger.db.selectFrom('sourced_people').selectAll().executeTakeFirstOrThrow();
  const { tenant, hub_user_id: hubUserId, creating_login: login } = row;
  return login === null ? null : sealing.unseal(login, sealedContext.sourcedLogin(tenant, hubUserId));
}

/** A user of the hub who is being created in the spoke. */
async function importPerson({ db, sealing }: Ledger): Promise<void> {
  const id = { tenant: 'acme', hub_user_id: '00uHub' };
  const creating_login = sealing.seal('bob@example.com', sealedContext.sourcedLogin(id.tenant, id.hub_user_id));
  await db
    .insertInto('sourced_people')
    .values({ ...id, state: 'creating', creating_login })
    .execute();
}

/** A person who is assigned with a security question, and whom an attempt creates in the hub. */
async function pushPerson(old: Ledger): Promise<void> {
  const securityQuestion = { question: 'First pet?', answer: 'Rex' };
  const subject = { tenant: 'acme', kind: 'person', spokeId: '00uAnn' } as const;
  await assignToHub(old, { ...subject, initialStatus: null, securityQuestion, assignedBy: 'anna' });
  await requirePeople(old.db, { tenant: 'acme', userIds: ['00uAnn'], priority: 3 });
  const [mirror] = await listMirrors(old, { tenant: 'acme', after: null, limit: 1 });
  const claimed = await claimMirror(old, { id: mirror?.id ?? '', dispatchId: null, leaseMs: 60_000 });
  if (claimed.outcome === 'claimed') await noteCreating(old, claimed.attempt, 'ann@example.com');
}

beforeEach(async () => {
  ({ ledger } = await connectTestLedger());
  sealings = rotation();
  const old = using(sealings.before);
  shipments = [];
  for (const login of ['a@example.com', 'b@example.com', 'c@example.com'])
    shipments.push((await open(old, { login, note: `note for ${login}`, overrides: { city: 'Berlin' } })).id);
  await bring(old, shipments[0] ?? '', 'programmed');
  await hold(old, shipments[1] ?? '');
  await commentHold(old, { tenant: 'acme', shipmentId: shipments[1] ?? '', operator: 'anna' }, 'I called them.');
  ({ id: apiKeyId } = await createApiKey(old, { tenant: 'acme', name: 'ci', scopes: ['write'] }));
  batchId = newBatchId();
  await ledger.db.transaction().execute(async (tx) => {
    await insertBatch(old, tx, { id: batchId, tenant: 'acme', apiKeyId, dryRun: false });
    const rows = [1, 2, 10].map((row) => ({ row, subject: { id: null, login: `r${row}@example.com` }, problems: [] }));
    await rejectRows(old, tx, { batchId, rows });
    await finishBatch(tx, batchId, { total: 3, accepted: 0, rejected: [], rejectedTotal: 3 });
    await rememberAnswer(old, tx, { apiKeyId, key: 'once', body: 'body', answer: { status: 202, body: { id: 1 } } });
  });
  const actor = { kind: 'api_key', id: apiKeyId, role: 'write' } as const;
  await recordAudit(old, {
    tenant: 'acme',
    actor,
    action: 'shipment.retry',
    subject: { kind: 'shipment', id: shipments[0] ?? '' },
  });
  const created = await write(old, byHand(), (scope) => createUser(scope, aUser('a@example.com')));
  personId = created.outcome === 'created' ? created.id : '';
  await createHubLink(old, { tenant: 'acme', orgUrl: 'https://acme-hub.okta.com', createdBy: apiKeyId });
  await setHubClient(old, 'acme', '0oaHub');
  await pushPerson(old);
  await importPerson(old);
  const bulk = { tenant: 'acme', action: 'retry', filter: {}, by: { actor, hand: null }, access: 'write' } as const;
  bulkId = (await createBulkAction(old, bulk))?.id ?? '';
  const sealed = sealings.before.seal('{"uuid":"u"}', 'inbound_events.body:evt_1');
  await sql`insert into inbound_events (id, tenant, uuid, event_type, body, state)
    values ('evt_1', 'acme', 'u', 't', ${sealed}, 'received')`.execute(ledger.db);
  const kept = sealings.before.seal(Buffer.from([0, 128, 255]), 'inbound_deliveries.body:dlv_1');
  await sql`insert into inbound_deliveries (tenant, priority, id, received_at, body)
    values ('acme', 3, 'dlv_1', now(), ${kept})`.execute(ledger.db);
});

describe('sealing again', () => {
  test.each([1, 2, 500])('in chunks of %d leaves nothing that the former key is needed for', async (chunk) => {
    const before = await rowsOf(sealings.during);
    const { k1 = 0, ...others } = await countSealed(ledger);
    expect(k1).toBeGreaterThan(10);
    expect(others).toEqual({});
    expect(await resealAll(using(sealings.during), { chunk })).toBe(k1);
    expect(await countSealed(ledger)).toEqual({ k2: k1 });
    expect(await rowsOf(sealings.after)).toEqual(before);
    expect(await resealAll(using(sealings.after), { chunk })).toBe(0);
  });

  test('by several processes at once does it all', async () => {
    const { k1 } = await countSealed(ledger);
    await Promise.all([1, 2, 3].map(() => resealAll(using(sealings.during), { chunk: 2 })));
    await resealAll(using(sealings.during), { chunk: 2 });
    expect(await countSealed(ledger)).toEqual({ k2: k1 });
  });

  test('goes on past a value whose key is gone, and says so in the end', async () => {
    const { k1 = 0 } = await countSealed(ledger);
    await sql`update inbound_deliveries set body = 'k0' || substr(body, 3)`.execute(ledger.db);
    await expect(resealAll(using(sealings.during), { chunk: 1 })).rejects.toMatchObject({ code: 'cannot_unseal' });
    expect(await countSealed(ledger)).toEqual({ k0: 1, k2: k1 - 1 });
  });

  test('leaves a locked row to the next run', async () => {
    const holder = await ledger.db.startTransaction().execute();
    await sql`select from shipments where id = ${shipments[0]} for update`.execute(holder);
    await resealAll(using(sealings.during), { chunk: 500 });
    expect(await countSealed(ledger)).toMatchObject({ k1: 1 });
    await holder.rollback().execute();
    await resealAll(using(sealings.during), { chunk: 500 });
    expect(await countSealed(ledger)).not.toHaveProperty('k1');
  });

  test('stops on request', async () => {
    let looks = 0;
    await resealAll(using(sealings.during), { chunk: 1, isStopped: () => ++looks > 3 });
    expect((await countSealed(ledger))['k2']).toBe(3);
  });
});

test('no column that is not listed holds a sealed value', async () => {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and data_type in ('text', 'jsonb')`.execute(ledger.db);
  const sealed: string[] = [];
  for (const { table, column } of rows) {
    const found = await sql`
      select from ${sql.table(table)} where ${sql.id(column)}::text ~ 'k1\\.[A-Za-z0-9_-]{38,}' limit 1`.execute(
      ledger.db,
    );
    if (found.rows.length > 0) sealed.push(`${table}.${column}`);
  }
  expect(sealed.toSorted()).toEqual(sealedColumns.map(({ table, column }) => `${table}.${column}`).toSorted());
});
