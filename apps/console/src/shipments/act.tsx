import type { Shipment } from '@keycourier/journey/model/shipment';
import { operatorActions, type OperatorAction } from '@keycourier/journey/requests/operator-actions';
import { secondHandNeeded } from '@keycourier/journey/requests/two-hands';
import type { AuditAction } from '@keycourier/ledger/audit/entry';
import { actionTexts } from '@keycourier/messages/actions';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { refusalMessages } from '@keycourier/messages/refusals';
import { applyAction, type Applied } from '@keycourier/operations/apply-action';
import { logAnchor } from '@keycourier/operations/log-anchor';
import type { VNode } from 'preact';
import { z } from 'zod';

import { renderPage, Token } from '../pages/layout.tsx';
import { Notice } from '../pages/parts.tsx';
import type { FormResult, HandleForm, ShowPage } from '../pages/tenant-pages.ts';
import { actorOf, pathIn, type Viewer } from '../pages/viewer.ts';
import { reasonSchema } from '../sign-in/step-up.ts';
import { readInPath } from './show-shipment.tsx';

/** Each with the name of its audit entry, and whether it needs a reason: what concerns a PIN does. */
const actions: Readonly<Record<OperatorAction, { audit: AuditAction; needsReason: boolean }>> = {
  retry: { audit: 'shipment.retry', needsReason: false },
  cancel: { audit: 'shipment.cancel', needsReason: false },
  'release-pin': { audit: 'shipment.release_pin', needsReason: true },
  'resend-pin': { audit: 'shipment.resend_pin', needsReason: true },
  'confirm-receipt': { audit: 'shipment.confirm_receipt', needsReason: false },
};

const isAction = (name: unknown): name is OperatorAction => typeof name === 'string' && Object.hasOwn(actions, name);

/** What an action will do, and a form that confirms it: an action is never one click away from a list. */
export const showAction: ShowPage = async ({ ledger }, viewer, request) => {
  const action = request.params['action'];
  const shipment = isAction(action) ? await readInPath(ledger, viewer, request) : null;
  return isAction(action) && shipment !== null ? pageOf({ action, shipment, viewer }) : null;
};

const fields = z.object({ reason: z.string().trim().max(1_000).default('') });

const secondHand = {
  own_pin: 'This PIN is your own: another operator has to send it.',
  own_request: 'You requested this key: another operator has to send its PIN.',
} as const;

/** Applies an action; the audit names the operator and the reason. */
export const act: HandleForm = async ({ ledger, logger }, viewer, request) => {
  const { action } = request.params;
  const shipment = isAction(action) ? await readInPath(ledger, viewer, request) : null;
  if (!isAction(action) || shipment === null) return null;
  const { reason } = fields.parse(request.body);
  const { audit, needsReason } = actions[action];
  const needed = secondHandNeeded(shipment, action, viewer.signedIn);
  if (needed !== null) return refusal({ action, shipment, viewer, problem: secondHand[needed] });
  if (needsReason && !reasonSchema.safeParse(reason).success)
    return refusal({ action, shipment, viewer, problem: 'Enter the reason, in 3 to 200 characters.' });
  const applied = await applyAction(ledger, shipment.id, {
    act: {
      actor: actorOf(viewer),
      action: audit,
      reason: reason === '' ? null : reason,
      requestId: viewer.requestId,
    },
    decide: operatorActions[action],
  });
  if (applied.outcome !== 'applied') return refusal({ action, shipment, viewer, problem: problemOf(applied) });
  logAnchor(logger, viewer.tenant, applied.recorded);
  return { outcome: 'done', location: pathIn(viewer, `/shipments/${shipment.id}?did=${action}`) };
};

/** Why an action that was requested does not apply. */
export function problemOf(applied: Exclude<Applied, { outcome: 'applied' }>): string {
  switch (applied.outcome) {
    case 'duplicate':
      return `The person has another open shipment for this purpose, ${applied.of}. Use that one, or cancel it first.`;
    case 'refused':
      return [
        refusalMessages[applied.code],
        ...(applied.problems ?? []).map((problem) => describeProblem(problem).message),
      ].join(' ');
    case 'changed_meanwhile':
      return 'The shipment changed in the meantime. Look at it, and decide again.';
  }
}

interface ActionPage {
  action: OperatorAction;
  shipment: Shipment;
  viewer: Viewer;
  problem?: string;
}

const refusal = (view: ActionPage): FormResult => ({ outcome: 'refused', status: 409, html: pageOf(view) });

function pageOf(view: ActionPage): string {
  const { title } = actionTexts[view.action];
  return renderPage({ title, section: 'shipments', viewer: view.viewer, children: <ActionView {...view} /> });
}

function ActionView({ action, shipment, viewer, problem }: ActionPage): VNode {
  const { title, button, effect } = actionTexts[action];
  const { needsReason } = actions[action];
  const back = pathIn(viewer, `/shipments/${shipment.id}`);
  return (
    <>
      <p class="trail">
        <a href={back}>{shipment.secrets.login ?? shipment.id}</a>
      </p>
      <h1>{title}</h1>
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p>{effect}</p>
      <form method="post" class="form">
        <Token viewer={viewer} />
        <label class="field">
          {needsReason ? 'Reason' : 'Reason, if there is one to record'}
          <textarea
            name="reason"
            rows={3}
            maxLength={1_000}
            required={needsReason}
            minLength={needsReason ? 3 : undefined}
          />
        </label>
        <div class="actions">
          <button type="submit">{button}</button> <a href={back}>Back, without a change</a>
        </div>
      </form>
    </>
  );
}
