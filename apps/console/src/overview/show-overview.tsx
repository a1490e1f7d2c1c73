import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { OverviewView } from './overview-view.tsx';
import { readOverview } from './read-overview.ts';

export const showOverview: ShowPage = async ({ ledger }, viewer) => {
  const overview = await readOverview(ledger.db, viewer.tenant, viewer.now);
  const children = <OverviewView overview={overview} viewer={viewer} />;
  return renderPage({ title: 'Overview', section: 'overview', viewer, live: true, children });
};
