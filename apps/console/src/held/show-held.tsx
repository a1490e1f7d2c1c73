import { readClaims } from '@keycourier/ledger/holds/claims';
import { readHeldCauses } from '@keycourier/ledger/overview/held-causes';
import { listShipments } from '@keycourier/ledger/shipments/list-shipments';
import { z } from 'zod';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { HeldView } from './held-view.tsx';

const pageSize = 50;

const query = z.object({
  cause: z.string().min(1).max(500).optional().catch(undefined),
  snoozed: z.literal('yes').optional().catch(undefined),
  before: z
    .string()
    .regex(/^shp_[0-9a-z]{26}$/)
    .optional()
    .catch(undefined),
});

/** The causes of holds; with one in the address, its shipments, who looks into each, and what was said about it. */
export const showHeld: ShowPage = async ({ ledger }, viewer, request) => {
  const { cause, before, snoozed } = query.parse(request.query);
  const selection = {
    tenant: viewer.tenant,
    dryRun: false,
    statuses: ['held'],
    cause,
    snoozed: snoozed === 'yes',
    before,
    limit: pageSize,
  } as const;
  const listed = async () => {
    const page = await listShipments(ledger, selection);
    const ids = page.items.map(({ id }) => id);
    return { ...page, claims: await readClaims(ledger.db, ids) };
  };
  const [held, page] = await Promise.all([readHeldCauses(ledger, viewer.tenant), listed()]);
  const view = { held, ...page, cause, isSnoozed: snoozed === 'yes', viewer };
  return renderPage({ title: 'Held', section: 'held', viewer, live: true, children: <HeldView {...view} /> });
};
