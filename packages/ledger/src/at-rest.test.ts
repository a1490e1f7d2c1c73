import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { createApiKey } from './api-keys/api-keys.ts';
import type { Ledger } from './connect-ledger.ts';
import { recordDelivery } from './events/record-delivery.ts';
import { rememberAnswer } from './idempotency/idempotency.ts';
import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';
import { bring, change, hold, look, open, profile, steps } from './testing/sample-shipments.ts';

/** Values that must never be in a backup of the database in plain text. */
const canaries = {
  login: 'Canary.Login@example.com',
  otherLogin: 'canary.renamed@example.com',
  note: 'canary-note for the neighbour',
  override: 'Canary-City',
  email: profile.email,
  secondEmail: profile.secondEmail ?? '',
  phone: profile.primaryPhone,
  street: profile.streetLine1,
  postcode: profile.zipCode,
  // So long that what is sealed, which is random, never has it by chance.
  name: 'Canary-Haddad',
  rawEvent: 'canary.event@example.com',
  answer: 'canary.answer@example.com',
  idempotencyKey: 'ship-canary.key@example.com',
  requestPin: steps.enrolled.secrets.requestEnvelopes.pinRequestJwe,
  responseCred: steps.programmed.secrets.responseEnvelopes.credResponseJwe,
  pinCopy: steps.programmed.secrets.pinCopy.jwe,
};

let ledger: Ledger;
let apiKey: string;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  const request = { login: canaries.login, note: canaries.note, overrides: { city: canaries.override } };
  const [whole, halfway, held] = [
    await open(ledger, request),
    await open(ledger, { ...request, tenant: 'b' }),
    await open(ledger),
  ];
  await change(ledger, whole.id, { user: { id: '00u1' }, secrets: { login: canaries.otherLogin } });
  await bring(ledger, whole.id, 'delivered');
  await bring(ledger, halfway.id, 'programmed');
  await change(ledger, halfway.id, { secrets: { profile: { ...profile, lastName: canaries.name } } });
  await hold(ledger, held.id);
  await recordDelivery(ledger, {
    tenant: 'acme',
    envelopeEventId: 'env',
    events: ['accepted', null].map((setAside, index) => ({
      uuid: `u-${index}`,
      eventType: 't',
      published: null,
      body: { alternateId: canaries.rawEvent },
      setAside,
    })),
  });
  const { id, key } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: [] });
  apiKey = key;
  await ledger.db.transaction().execute((tx) =>
    rememberAnswer(ledger, tx, {
      apiKeyId: id,
      key: canaries.idempotencyKey,
      body: canaries.answer,
      answer: { status: 202, body: canaries.answer },
    }),
  );
  expect(await look(ledger, halfway.id)).toMatchObject({
    secrets: { pinCopy: { jwe: canaries.pinCopy }, profile: { lastName: canaries.name } },
  });
});
afterAll(closeTestLedgers);

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await sql<{ name: string }>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`.execute(
    ledger.db,
  );
  const rows = await Promise.all(
    tables.rows.map(({ name }) =>
      sql<{ row: string }>`select t::text as row from ${sql.raw(name)} t`.execute(ledger.db),
    ),
  );
  return rows.flatMap((table) => table.rows.map(({ row }) => row)).join('\n');
}

describe('a dump of the whole database', () => {
  test('has rows of every kind', async () => {
    const counts = await Promise.all(
      (['shipments', 'secrets', 'history', 'outbox', 'inbound_events', 'api_keys', 'idempotency_keys'] as const).map(
        (table) =>
          ledger.db
            .selectFrom(table)
            .select(({ fn }) => fn.countAll<string>().as('count'))
            .executeTakeFirstOrThrow(),
      ),
    );
    for (const { count } of counts) expect(Number(count)).toBeGreaterThan(0);
    expect(await dump()).toContain('profile_problems');
  });

  test.each(Object.entries(canaries))('holds no %s, in any writing', async (_what, canary) => {
    const text = (await dump()).toLowerCase();
    const bytes = Buffer.from(canary);
    const writings = [
      canary,
      bytes.toString('hex'),
      ...[0, 1, 2].map((skip) => bytes.subarray(skip, skip + 9).toString('base64')),
    ];
    for (const writing of writings) expect(text).not.toContain(writing.toLowerCase());
  });

  test('holds no API key', async () => {
    expect(await dump()).not.toContain(apiKey);
  });
});
