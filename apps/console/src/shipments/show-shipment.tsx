import type { Shipment } from '@keycourier/journey/model/shipment';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readComments } from '@keycourier/ledger/holds/claims';
import { readFacts, noFacts } from '@keycourier/ledger/shipments/read-facts';
import { readHistory } from '@keycourier/ledger/shipments/read-history';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { readSteps } from '@keycourier/ledger/shipments/read-steps';
import { allOffered, type OfferedAction } from '@keycourier/operations/offered-actions';
import type { Request } from 'express';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import type { Viewer } from '../pages/viewer.ts';
import { doneTo } from '../sign-in/sessions.ts';
import { ShipmentView } from './shipment-view.tsx';

/** One shipment: whose move it is, its cards, what it is, and what may be done now. */
export const showShipment: ShowPage = async ({ ledger, tenants }, viewer, request) => {
  const shipment = await readInPath(ledger, viewer, request);
  const tenant = tenants.get(viewer.tenant);
  if (shipment === null || tenant === undefined) return null;
  const { id } = shipment;
  const [facts = noFacts] = await readFacts(ledger.db, [shipment]);
  const history = await readHistory(ledger, id);
  const steps = await readSteps(ledger.db, id);
  const comments = await readComments(ledger, viewer.tenant, id);
  const who = shipment.secrets.login ?? shipment.user.id ?? id;
  const did = actionIn(doneTo(request, viewer, id));
  const graceMs = tenant.deactivationGrace;
  const children = <ShipmentView {...{ shipment, facts, history, steps, comments, viewer, graceMs, did }} />;
  return renderPage({ title: who, section: 'shipments', viewer, live: id, children });
};

/** The action that led here, for one sentence about it. */
const actionIn = (did: unknown): OfferedAction | null => allOffered.find((action) => action === did) ?? null;

/** The shipment that the path names; null for another tenant's. */
export async function readInPath(ledger: Ledger, { tenant }: Viewer, request: Request): Promise<Shipment | null> {
  const id = String(request.params['id']);
  return isShipmentId(id) ? readShipment(ledger, tenant, id) : null;
}

export const isShipmentId = (text: string): boolean => /^shp_[0-9a-z]{26}$/.test(text);
