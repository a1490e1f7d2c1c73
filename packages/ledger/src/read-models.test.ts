import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import type { Ledger } from './connect-ledger.ts';
import { listEvents } from './events/list-events.ts';
import { readClaims, readComments } from './holds/claims.ts';
import { changesFromNow, readChangesSince } from './live/read-changes.ts';
import { readDailyCounts } from './overview/daily-counts.ts';
import { readExpiring } from './overview/expiring.ts';
import { readHealth } from './overview/health.ts';
import { countedAtMost, readHeldCauses } from './overview/held-causes.ts';
import { createStatusCounts } from './overview/status-counts.ts';
import { readKeyHolder } from './people/read-key-holder.ts';
import { tokensOfQuery } from './search/name-tokens.ts';
import { search } from './search/search.ts';
import { countShipments, listShipments, type ShipmentFilter } from './shipments/list-shipments.ts';
import { readSteps } from './shipments/read-steps.ts';
import { closeTestLedgers, connectTestLedger } from './testing/connect-test-ledger.ts';
import { filledId, filledTenant as tenant, fillShipments } from './testing/fill-shipments.ts';
import { rowsReadBy } from './testing/rows-read.ts';

afterAll(closeTestLedgers);

const shipments = 60_000;
const held = shipments * 0.03;

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await connectTestLedger({ maxConnections: 1, use: 'migration' }));
  await fillShipments(ledger, shipments);
  await nameShipments();
});

/** A tenth of the shipments has a name that is common, and three one that is rare. */
async function nameShipments(): Promise<void> {
  const [common] = tokensOfQuery(ledger.sealing, tenant, 'com');
  const [rare] = tokensOfQuery(ledger.sealing, tenant, 'rare');
  await sql`
    insert into name_prefixes (tenant, token, shipment_id)
    select tenant, ${common}::bytea, id from shipments where id like '%7'
    union all select tenant, ${rare}::bytea, id from shipments where id in (${filledId(7)}, ${filledId(107)}, ${filledId(8)})`.execute(
    ledger.db,
  );
  await sql`vacuum analyze name_prefixes`.execute(ledger.db);
}

const now = new Date();

const list = (filter: ShipmentFilter & { dryRun?: boolean }) => () =>
  listShipments(ledger, { tenant, dryRun: false, limit: 50, ...filter });

/** What each read model may read, however many shipments there are. Rows and index entries both count. */
const readModels: readonly [string, number, () => Promise<unknown>][] = [
  ['the causes of holds', Math.min(held, 6 * countedAtMost) * 3 + 100, () => readHeldCauses(ledger, tenant)],
  ['daily counts of 90 days', 1_000, () => readDailyCounts(ledger.db, tenant, { now, days: 90 })],
  ['health', 100, () => readHealth(ledger.db, tenant, now)],
  ['secrets that end', 20, () => readExpiring(ledger.db, tenant, now)],
  [
    'claims of a page',
    200,
    () =>
      readClaims(
        ledger.db,
        Array.from({ length: 50 }, (_, nth) => filledId(nth + 1)),
      ),
  ],
  ['comments on a shipment', 10, () => readComments(ledger, tenant, filledId(1))],
  ['the steps of a shipment', 20, () => readSteps(ledger.db, filledId(4))],
  ['a key holder', 300, () => readKeyHolder(ledger, tenant, '00u4')],
  ['a key holder of whom nothing is known', 50, () => readKeyHolder(ledger, tenant, 'no.one@example.com')],
  ['the events of a user without any', 50, () => listEvents(ledger, { tenant, user: '00uNone', limit: 50 })],
  ...[
    filledId(5),
    'uNone@example.com',
    '10000077',
    'TRACK77777',
    'bat_01',
    'noor haddad',
    '00u1a2b3c4D5E6f7G8h9',
    '8f14e45f-ceea-467f-9b1d-4e0c1c1b2d3a',
  ].map((text): (typeof readModels)[number] => [`search for ${text}`, 200, () => search(ledger, tenant, text)]),
  ['a page of all', 400, list({})],
  ['a page of those that are held', 400, list({ statuses: ['held'] })],
  ['a page of those that are not snoozed', 400, list({ statuses: ['held'], snoozed: false })],
  ['a page of those that are snoozed', 200, list({ statuses: ['held'], snoozed: true })],
  ['a page of dry runs, where there are none', 20, list({ dryRun: true })],
  ['a page of a trigger that none has', 20, list({ triggers: ['group-add'] })],
  ['a page of those since tomorrow', 20, list({ since: new Date(now.getTime() + 86_400_000) })],
  ['a page of those before any', 20, list({ until: new Date(-3_600_000) })],
  [
    'events since tomorrow',
    20,
    () => listEvents(ledger, { tenant, since: new Date(now.getTime() + 86_400_000), limit: 50 }),
  ],
  ['events before any', 20, () => listEvents(ledger, { tenant, until: new Date(-3_600_000), limit: 50 })],
  ['a page of a status that none has', 50, list({ statuses: ['failed'] })],
  ['a page of a cause', 400, list({ cause: 'profile_problems zipCode/missing' })],
  ['a page of a cause that none has', 50, list({ cause: 'order_refused order/refused' })],
  // Also those that a former version held, which are not in the index: all that are held, at most.
  ['a page of a hold without problems', 2 * held + 100, list({ cause: 'order_refused' })],
  ['a page of a user without shipments', 50, list({ user: '00uNone' })],
  ['a page of a common name', 1_300, list({ name: 'com' })],
  ['a page of a rare name', 50, list({ name: 'rare' })],
  ['a page of two names', 12_000, list({ name: 'com rare' })],
  ['a page of a name that none has', 50, list({ name: 'none' })],
  [
    'a count of a status',
    2 * countedAtMost + 10,
    () => countShipments(ledger, { tenant, dryRun: false, statuses: ['completed'] }, countedAtMost + 1),
  ],
  [
    'changes since the last second',
    20,
    async () => readChangesSince(ledger.db, await changesFromNow(ledger.db, now), now),
  ],
];

test.each(readModels)('%s reads at most %i entries', async (_what, most, read) => {
  const { byScan, byIndex } = await rowsReadBy(ledger, read);
  expect(byScan).toEqual({});
  expect(byIndex).toBeLessThanOrEqual(most);
});

test('counts by status read the index alone, and once for many pages', async () => {
  const { read } = createStatusCounts(ledger.db);
  const { byScan, byIndex } = await rowsReadBy(ledger, () => read(tenant));
  expect(byScan).toEqual({});
  // The index's entries; a row would count once more.
  expect(byIndex).toBeLessThanOrEqual(shipments * 1.01);
  const again = await rowsReadBy(ledger, () => Promise.all(Array.from({ length: 100 }, () => read(tenant))));
  expect(again.byIndex).toBe(0);
});
