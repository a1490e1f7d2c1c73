import type { Shipment } from '@keycourier/journey/model/shipment';
import { refused, type ActionResult, type OperatorAction } from '@keycourier/journey/requests/operator-actions';
import { concernsPin, decideAs, secondHandNeeded, type Hand } from '@keycourier/journey/requests/two-hands';
import type { AuditAction } from '@keycourier/ledger/audit/entry';
import { addressConfirmation } from '@keycourier/messages/actions';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { refusalMessages, secondHandMessages } from '@keycourier/messages/refusals';
import { applyAction, type Applied } from '@keycourier/operations/apply-action';
import { handOf, operatorActs } from '@keycourier/operations/hands';
import { logAnchor } from '@keycourier/operations/log-anchor';
import type { Request } from 'express';
import { z } from 'zod';

import type { FormResult, HandleForm, PagesContext, ShowPage } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { hasSteppedUp, doneQuery } from '../sign-in/sessions.ts';
import { reasonSchema, stepUpPath } from '../sign-in/step-up.ts';
import { confirmsAddress, pageOf, type ActionPage, type Found } from './action-page.tsx';
import { readInPath } from './show-shipment.tsx';

/** The names of their audit entries. */
const auditActionOf: Readonly<Record<OperatorAction, AuditAction>> = {
  retry: 'shipment.retry',
  cancel: 'shipment.cancel',
  'release-pin': 'shipment.release_pin',
  'resend-pin': 'shipment.resend_pin',
  'confirm-receipt': 'shipment.confirm_receipt',
};

const isAction = (name: unknown): name is OperatorAction =>
  typeof name === 'string' && Object.hasOwn(auditActionOf, name);

async function findAction({ ledger }: PagesContext, viewer: Viewer, request: Request): Promise<Found | null> {
  const { action } = request.params;
  const shipment = isAction(action) ? await readInPath(ledger, viewer, request) : null;
  return isAction(action) && shipment !== null ? { action, shipment } : null;
}

const handOfViewer = ({ signedIn, tenant }: Viewer, { mode, ledger }: PagesContext): Promise<Hand> =>
  handOf(ledger, tenant, operatorActs(signedIn, { mode, sealing: ledger.sealing }));

/** Its page, too: a form is never sent again after the sign-in that it needs. */
const needsStepUp = ({ action, shipment }: Found, request: Request, now: Date): boolean =>
  concernsPin(shipment, action) && !hasSteppedUp(request, now);

/** What an action will do, and a form that confirms it: an action is never one click away from a list. */
export const showAction: ShowPage = async (context, viewer, request) => {
  const found = await findAction(context, viewer, request);
  if (found === null) return null;
  if (needsStepUp(found, request, viewer.now)) return { location: stepUpPath(request) };
  const needed = secondHandNeeded(found.shipment, found.action, await handOfViewer(viewer, context));
  return pageOf({ ...found, viewer, ...(needed === null ? {} : { problem: secondHandMessages[needed] }) });
};

const fields = z.object({
  reason: z.string().trim().max(1_000).default(''),
  confirmsAddress: z.literal('yes').optional().catch(undefined),
});

/** Applies an action; the audit names the operator and the reason. */
export const act: HandleForm = async (context, viewer, request) => {
  const found = await findAction(context, viewer, request);
  if (found === null) return null;
  if (needsStepUp(found, request, viewer.now)) return refuseWithoutStepUp({ ...found, viewer }, request);
  const form = fields.parse(request.body);
  const { action, shipment } = found;
  const hand = await handOfViewer(viewer, context);
  // That a second hand is needed comes first: it is recorded, also where the form lacks something.
  const missing = secondHandNeeded(shipment, action, hand) === null ? missingIn(form, found) : null;
  if (missing !== null) return refusal({ ...found, viewer, problem: missing });
  const isConfirmed = form.confirmsAddress === 'yes';
  const applied = await applyAction(context.ledger, shipment.id, {
    act: {
      actor: actorOf(viewer),
      action: auditActionOf[action],
      reason: form.reason === '' ? null : form.reason,
      requestId: viewer.requestId,
    },
    decide: (current) => decideSeen(current, { action, hand, isConfirmed }),
  });
  if ('recorded' in applied) logAnchor(context.logger, viewer.tenant, applied.recorded);
  if (applied.outcome !== 'applied')
    return refusal({ action, shipment: applied.shipment, viewer, problem: problemOf(applied) });
  const did = doneQuery(request, viewer, { shipmentId: shipment.id, action });
  return { outcome: 'done', location: pathIn(viewer, `/shipments/${shipment.id}${did}`) };
};

/** A hold that came after the page was shown is not lifted by its form. */
const decideSeen = (
  current: Shipment,
  { action, hand, isConfirmed }: { action: OperatorAction; hand: Hand; isConfirmed: boolean },
): ActionResult =>
  confirmsAddress(current, action) && !isConfirmed ? refused('shipment_held') : decideAs(hand, action)(current);

function missingIn(form: z.output<typeof fields>, { action, shipment }: Found): string | null {
  if (concernsPin(shipment, action) && !reasonSchema.safeParse(form.reason).success)
    return 'Enter the reason, in 3 to 200 characters.';
  if (confirmsAddress(shipment, action) && form.confirmsAddress === undefined) return addressConfirmation.missing;
  return null;
}

/** Why an action that was requested does not apply. */
export function problemOf(applied: Exclude<Applied, { outcome: 'applied' }>): string {
  switch (applied.outcome) {
    case 'duplicate':
      return `The person has another open shipment for this purpose, ${applied.of}. Use that one, or cancel it first.`;
    case 'refused':
      if (applied.code === 'second_hand_needed') return secondHandMessages[applied.because];
      return [
        refusalMessages[applied.code],
        ...(applied.problems ?? []).map((problem) => describeProblem(problem).message),
      ].join(' ');
    case 'changed_meanwhile':
      return 'The shipment changed in the meantime. Look at it, and decide again.';
  }
}

const refusal = (view: ActionPage): FormResult => ({ outcome: 'refused', status: 409, html: pageOf(view) });

const refuseWithoutStepUp = (view: ActionPage, request: Request): FormResult => ({
  outcome: 'refused',
  status: 403,
  html: pageOf({
    ...view,
    problem: 'Nothing was changed: this needs a sign-in of the last five minutes.',
    stepUp: stepUpPath(request),
  }),
});
