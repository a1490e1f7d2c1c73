import { readHistory } from '@keycourier/ledger/shipments/read-history';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { readFacts, noFacts } from '@keycourier/operations/read-facts';

import { renderPage } from '../pages/layout.tsx';
import type { ShowPage } from '../pages/tenant-pages.ts';
import { ShipmentView } from './shipment-view.tsx';

/** One shipment: whose move it is, its cards, what it is, and what may be done now. */
export const showShipment: ShowPage = async ({ ledger }, viewer, request) => {
  const id = String(request.params['id']);
  const shipment = isShipmentId(id) ? await readShipment(ledger, viewer.tenant, id) : null;
  if (shipment === null) return null;
  const [facts = noFacts] = await readFacts(ledger.db, [shipment]);
  const history = await readHistory(ledger, id);
  const who = shipment.secrets.login ?? shipment.user.id ?? id;
  const children = <ShipmentView shipment={shipment} facts={facts} history={history} viewer={viewer} />;
  return renderPage({ title: who, section: 'shipments', viewer, live: id, children });
};

const isShipmentId = (text: string): boolean => /^shp_[0-9a-z]{26}$/.test(text);
