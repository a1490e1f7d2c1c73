import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readTenantOf } from '@keycourier/ledger/shipments/read-shipment';
import type { RequestHandler } from 'express';

import { isShipmentId } from '../shipments/show-shipment.tsx';
import { tenantsFor } from '../sign-in/operator.ts';

/** The first of the operator's tenants. */
export const openFirstTenant: RequestHandler = (_request, response, next) => {
  const [first] = tenantsFor(response);
  if (first === undefined) next();
  else response.redirect(302, `/t/${first}`);
};

/** As mails and alarms link to a shipment: they do not name its tenant. */
export const leadToShipment =
  (ledger: Ledger): RequestHandler =>
  async (request, response, next) => {
    const id = String(request.params['id']);
    const tenant = isShipmentId(id) ? await readTenantOf(ledger, id) : null;
    if (tenant !== null && tenantsFor(response).includes(tenant))
      response.redirect(302, `/t/${tenant}/shipments/${id}`);
    else next();
  };
