import { overridableFields, type OverridableField } from '@keycourier/journey/model/profile';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { correct, type Correction } from '@keycourier/journey/requests/correct-address';
import { refused } from '@keycourier/journey/requests/operator-actions';
import { applyAction } from '@keycourier/operations/apply-action';
import { logAnchor } from '@keycourier/operations/log-anchor';
import { z } from 'zod';

import { record } from '../audit/record.ts';
import { renderPage } from '../pages/layout.tsx';
import type { HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { doneQuery } from '../sign-in/sessions.ts';
import { problemOf } from './act.ts';
import { AddressView } from './address-view.tsx';
import { digestOf, knownValues } from './known-values.ts';
import { readInPath } from './show-shipment.tsx';

/** An address as it will ship or did, with what is wrong and suggested. Opening it is recorded. */
export const showAddress: ShowPage = async (context, viewer, request) => {
  const shipment = await readInPath(context.ledger, viewer, request);
  return shipment === null ? null : openPage(context, { shipment, viewer });
};

const values = z.object(
  Object.fromEntries(overridableFields.map((field) => [field, z.string().trim().max(200).optional()])),
);
const body = z.object({
  decision: z.enum(['accept', 'reject', 'enter']),
  reason: z.string().trim().max(1_000).default(''),
  /** What the page had: a correction of another address than the one on the page is refused. */
  seen: z.string().max(100),
});

/** Corrects the address of a held shipment: the suggestion accepted or rejected, or values entered. */
export const correctAddress: HandleForm = async (context, viewer, request) => {
  const shipment = await readInPath(context.ledger, viewer, request);
  if (shipment === null) return null;
  const { decision, reason, seen } = body.parse(request.body);
  const correction: Correction = decision === 'enter' ? { fields: changed(shipment, request.body) } : { decision };
  const forbidden = refusedBySetting(context, viewer, correction);
  const applied = forbidden ?? (await apply(context, viewer, { shipment, correction, reason, seen }));
  if (typeof applied === 'string')
    return { outcome: 'refused', status: 409, html: await openPage(context, { shipment, viewer, problem: applied }) };
  const did = doneQuery(request, viewer, { shipmentId: shipment.id, action: 'correct' });
  return { outcome: 'done', location: pathIn(viewer, `/shipments/${shipment.id}${did}`) };
};

/** To ship as ordered names no other address. */
function refusedBySetting({ tenants }: PagesContext, { tenant }: Viewer, correction: Correction): string | null {
  const isForbidden = tenants.get(tenant)?.addresses.overrides === 'forbidden';
  return isForbidden && !('decision' in correction && correction.decision === 'reject')
    ? 'This tenant ships to the addresses of its sources alone (`addresses.overrides`). Correct it there, and retry.'
    : null;
}

interface Requested {
  shipment: Shipment;
  correction: Correction;
  reason: string;
  seen: string;
}

/** Null where it was applied, else why not. */
async function apply(
  { ledger, logger }: PagesContext,
  viewer: Viewer,
  { shipment, correction, reason, seen }: Requested,
): Promise<string | null> {
  let isOther = false;
  // With the phone and address data of all countries: only corrections need it.
  const { checkAddress } = await import('@keycourier/address/check-address');
  const applied = await applyAction(ledger, shipment.id, {
    act: {
      actor: actorOf(viewer),
      action: 'shipment.correct',
      reason: reason === '' ? null : reason,
      requestId: viewer.requestId,
    },
    decide: (current) => {
      isOther = digestOf(current) !== seen;
      return isOther ? refused('nothing_suggested') : correct(current, correction, checkAddress);
    },
  });
  if (isOther)
    return 'The address or its suggestion changed after this page was opened. Look at it again, then decide.';
  if (applied.outcome !== 'applied') return problemOf(applied);
  logAnchor(logger, viewer.tenant, applied.recorded);
  return null;
}

/** The fields whose value is another than the page had: only those are corrections. */
function changed(shipment: Shipment, form: unknown): Partial<Record<OverridableField, string>> {
  const entered = values.parse(form);
  const before = knownValues(shipment);
  const pairs = overridableFields.flatMap((field) => {
    const value = entered[field];
    return value === undefined || value === '' || value === (before[field] ?? '') ? [] : [[field, value] as const];
  });
  return Object.fromEntries(pairs);
}

interface AddressPage {
  shipment: Shipment;
  viewer: Viewer;
  problem?: string;
}

/** The page shows the address, also where a correction was refused: that is recorded. */
async function openPage(context: PagesContext, { shipment, viewer, problem }: AddressPage): Promise<string> {
  await record(context, viewer, { action: 'address.opened', subject: { kind: 'shipment', id: shipment.id } });
  const { tenants } = context;
  const mayCorrect = tenants.get(viewer.tenant)?.addresses.overrides !== 'forbidden';
  const view = { shipment, viewer, mayCorrect, problem, known: knownValues(shipment), seen: digestOf(shipment) };
  return renderPage({ title: 'Address', section: 'shipments', viewer, children: <AddressView {...view} /> });
}
