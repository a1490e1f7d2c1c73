import { isOktaUserId } from '@keycourier/journey/model/outside-id';
import { purposes, type Purpose } from '@keycourier/journey/model/purpose';
import type { Product } from '@keycourier/journey/model/tenant';
import { recordAudit } from '@keycourier/ledger/audit/record-audit';
import { createShipment } from '@keycourier/ledger/shipments/create-shipment';
import { logAnchor } from '@keycourier/operations/log-anchor';
import { z } from 'zod';

import type { HandleForm, PagesContext } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { pageOfDrills } from './show-drills.tsx';

const body = z.object({
  user: z
    .string()
    .trim()
    .regex(/^[^\p{C}\s]{1,256}$/u)
    .catch(''),
  /** The index in the tenant's products. */
  product: z.coerce.number().int().min(0).catch(0),
  purpose: z.enum(purposes).catch('primary'),
});

/** Begins a dry run of one person: the worker checks everything that a request would be checked for, and orders nothing. */
export const startDryRun: HandleForm = async (context, viewer, request) => {
  const { user, product: at, purpose } = body.parse(request.body);
  const product = context.tenants.get(viewer.tenant)?.products[at];
  if (user === '' || product === undefined) {
    const problem = 'Enter the login of one person, or their Okta id, and choose a product.';
    return { outcome: 'refused', status: 422, html: await pageOfDrills(context, viewer, { problem }) };
  }
  const id = await begin(context, viewer, { user, product, purpose });
  return { outcome: 'done', location: pathIn(viewer, `/drills?run=${id}`) };
};

interface Requested {
  user: string;
  product: Product;
  purpose: Purpose;
}

/** The dry run and its entry in the audit log, in one transaction. */
async function begin(
  { ledger, tenants, logger }: PagesContext,
  viewer: Viewer,
  { user, product, purpose }: Requested,
): Promise<string> {
  const { tenant, requestId } = viewer;
  const pinPolicy = tenants.get(tenant)?.pin;
  if (pinPolicy === undefined) throw new TypeError(`The tenant ${tenant} is not configured`);
  const { id, anchor } = await ledger.db.transaction().execute(async (tx) => {
    const created = await createShipment(ledger, tx, {
      tenant,
      trigger: 'api',
      purpose,
      userId: isOktaUserId(user) ? user : null,
      login: isOktaUserId(user) ? null : user,
      product,
      groupId: null,
      pinPolicy,
      note: null,
      dryRun: true,
    });
    const shipmentId = created.outcome === 'created' ? created.shipment.id : created.shipmentId;
    const entry = { action: 'dry_run.started', subject: { kind: 'shipment', id: shipmentId } } as const;
    return {
      id: shipmentId,
      anchor: await recordAudit({ ...ledger, db: tx }, { ...entry, tenant, actor: actorOf(viewer), requestId }),
    };
  });
  logAnchor(logger, tenant, anchor);
  return id;
}
