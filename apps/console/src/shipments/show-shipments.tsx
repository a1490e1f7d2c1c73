import { listShipments } from '@keycourier/ledger/shipments/list-shipments';
import { listViews } from '@keycourier/ledger/views/saved-views';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { pathIn } from '../pages/viewer.ts';
import { parseFilter, selectionOf } from './shipment-filter.ts';
import { ShipmentsView } from './shipments-view.tsx';

export const pageSize = 50;

/** The tenant's shipments, newest first, by the filter in the address. */
export const showShipments: ShowPage = async ({ ledger }, viewer, request) => {
  const { filter, refused } = parseFilter(request.query);
  const page = await listShipments(ledger, { tenant: viewer.tenant, limit: pageSize, ...selectionOf(filter) });
  const views = await listViews(ledger, viewer.tenant);
  const view = { ...page, filter, refused, views, viewer, path: pathIn(viewer, '/shipments') };
  return renderPage({
    title: 'Shipments',
    section: 'shipments',
    viewer,
    live: true,
    children: <ShipmentsView {...view} />,
  });
};
