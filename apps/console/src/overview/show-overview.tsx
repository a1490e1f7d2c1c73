import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readDailyCounts } from '@keycourier/ledger/overview/daily-counts';
import { readExpiring } from '@keycourier/ledger/overview/expiring';
import { readHealth } from '@keycourier/ledger/overview/health';
import { readHeldCauses } from '@keycourier/ledger/overview/held-causes';
import { countSetAside } from '@keycourier/ledger/overview/set-aside';
import { lastStockRead, readStock } from '@keycourier/ledger/overview/stock';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import type { Viewer } from '../pages/viewer.ts';
import { OverviewView } from './overview-view.tsx';

const days = 30;

/** Tokens that end within this time are listed. */
const soonMs = 45 * 86_400_000;

/** What needs attention, by cause; how the services are; what happened in a month. Nothing on it is counted for each request. */
export const showOverview: ShowPage = async ({ ledger, statusCounts }, viewer) => {
  const { counts } = await statusCounts.read(viewer.tenant);
  const overview = { counts, ...(await readOverview(ledger, viewer)) };
  const children = <OverviewView overview={overview} viewer={viewer} />;
  return renderPage({ title: 'Overview', section: 'overview', viewer, live: true, children });
};

async function readOverview(ledger: Ledger, { tenant, now }: Viewer) {
  const { db } = ledger;
  const [held, health, daily, stock, stockRead, expiring, eventsSetAside] = await Promise.all([
    readHeldCauses(ledger, tenant),
    readHealth(db, tenant, now),
    readDailyCounts(db, tenant, { now, days }),
    readStock(db, tenant),
    lastStockRead(db, tenant),
    readExpiring(db, tenant, { now, until: new Date(now.getTime() + soonMs) }),
    countSetAside(db, tenant),
  ]);
  return { held, health, daily, stock, stockRead, expiring, eventsSetAside };
}
