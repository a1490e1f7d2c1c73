import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Ledger } from './connect-ledger.ts';
import { readClaims, readComments } from './holds/claims.ts';
import { changesFromNow, readChangesSince } from './live/read-changes.ts';
import { readDailyCounts } from './overview/daily-counts.ts';
import { readExpiring } from './overview/expiring.ts';
import { readHealth } from './overview/health.ts';
import { countedAtMost, readHeldCauses } from './overview/held-causes.ts';
import { createStatusCounts } from './overview/status-counts.ts';
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
}, 120_000);

const now = new Date();

/** What each read model may read, however many shipments there are. Rows and index entries both count. */
const readModels: readonly [string, number, () => Promise<unknown>][] = [
  ['the causes of holds', Math.min(held, 6 * countedAtMost) * 3 + 100, () => readHeldCauses(ledger.db, tenant)],
  ['daily counts of 90 days', 1_000, () => readDailyCounts(ledger.db, tenant, { now, days: 90 })],
  ['health', 100, () => readHealth(ledger.db, tenant, now)],
  ['secrets that end', 20, () => readExpiring(ledger.db, tenant, { now, until: new Date(now.getTime() + 1e10) })],
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
