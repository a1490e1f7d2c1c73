import { expiringOf, expiringOfConsole } from '@keycourier/config/expiring';
import { listExpiring } from '@keycourier/journey/model/expiring';
import { readHubProblems } from '@keycourier/ledger/hub/hub-health';
import { readDailyCounts } from '@keycourier/ledger/overview/daily-counts';
import { readExpiring } from '@keycourier/ledger/overview/expiring';
import { readHealth } from '@keycourier/ledger/overview/health';
import { readHeldCauses } from '@keycourier/ledger/overview/held-causes';
import { countSetAside } from '@keycourier/ledger/overview/set-aside';
import { lastStockRead, readStock } from '@keycourier/ledger/overview/stock';

import { renderPage } from '../pages/layout.tsx';
import type { PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import type { Viewer } from '../pages/viewer.ts';
import { OverviewView } from './overview-view.tsx';

const days = 30;

/** What needs attention, by cause; how the services are; what happened in a month. Nothing on it is counted for each request. */
export const showOverview: ShowPage = async (context, viewer) => {
  const { counts, at: countedAt } = await context.statusCounts.read(viewer.tenant);
  const overview = { counts, ...(await readOverview(context, viewer)) };
  const children = <OverviewView overview={overview} viewer={viewer} />;
  return renderPage({ title: 'Overview', section: 'overview', viewer, live: true, countedAt, children });
};

async function readOverview({ ledger, tenants, console }: PagesContext, { tenant, now, hasHub }: Viewer) {
  const { db } = ledger;
  const config = tenants.get(tenant);
  const [held, health, daily, stock, stockRead, stored, eventsSetAside, hub] = await Promise.all([
    readHeldCauses(ledger, tenant),
    readHealth(db, tenant, now),
    readDailyCounts(db, tenant, { now, days }),
    readStock(db, tenant),
    lastStockRead(db, tenant),
    readExpiring(db, tenant, now),
    countSetAside(db, tenant),
    hasHub ? readHubProblems(ledger, tenant) : null,
  ]);
  const oktaUsedAt = health.services.find(({ service }) => service === 'okta')?.lastSuccess ?? null;
  const configured = config === undefined ? [] : expiringOf(config, oktaUsedAt);
  const expiring = listExpiring([...stored, ...configured, ...expiringOfConsole(console)], now);
  return { held, health, daily, stock, stockRead, expiring, eventsSetAside, hub };
}
