import { mask, recipientsOf } from '@keycourier/journey/5-pin-delivery/pin-recipients';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { OperatorAction } from '@keycourier/journey/requests/operator-actions';
import { concernsPin } from '@keycourier/journey/requests/two-hands';
import { actionTexts, addressConfirmation } from '@keycourier/messages/actions';
import type { VNode } from 'preact';

import { renderPage, Token } from '../pages/layout.tsx';
import { Head, Notice } from '../pages/parts.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

export interface Found {
  action: OperatorAction;
  shipment: Shipment;
}

export interface ActionPage extends Found {
  viewer: Viewer;
  problem?: string;
  /** Where to sign in first: there is no form before that. */
  stepUp?: string;
}

/** Whether the release also confirms the address that Okta has now. */
export const confirmsAddress = ({ hold }: Shipment, action: OperatorAction): boolean =>
  action === 'release-pin' && hold?.code === 'pin_address_changed';

/** The page of an action. */
export function pageOf(view: ActionPage): string {
  const { title } = actionTexts[view.action];
  return renderPage({ title, section: 'shipments', viewer: view.viewer, children: <ActionView {...view} /> });
}

function ActionView(view: ActionPage): VNode {
  const { action, shipment, viewer, problem, stepUp } = view;
  const { title, effect } = actionTexts[action];
  return (
    <>
      <Head
        title={title}
        above={{ href: pathIn(viewer, `/shipments/${shipment.id}`), text: shipment.secrets.login ?? shipment.id }}
      />
      {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
      <p>{effect}</p>
      {stepUp === undefined ? (
        <ActionForm {...view} />
      ) : (
        <p>
          <a href={stepUp}>Sign in once more</a>
        </p>
      )}
    </>
  );
}

function ActionForm({ action, shipment, viewer }: ActionPage): VNode {
  const needsReason = concernsPin(shipment, action);
  return (
    <form method="post" class="form">
      <Token viewer={viewer} />
      {confirmsAddress(shipment, action) && <ConfirmAddress shipment={shipment} />}
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
        <button type="submit">{actionTexts[action].button}</button>{' '}
        <a href={pathIn(viewer, `/shipments/${shipment.id}`)}>Back, without a change</a>
      </div>
    </form>
  );
}

function ConfirmAddress({ shipment: { secrets, pinPolicy } }: { shipment: Shipment }): VNode {
  const checked = secrets.profile === undefined ? [] : recipientsOf(secrets.profile, pinPolicy).map(mask);
  return (
    <>
      <Notice tone="warn">
        {addressConfirmation.warning}
        {checked.length > 0 && ` The address that was checked: ${checked.join(', ')}`}
      </Notice>
      <label class="choice">
        <input type="checkbox" name="confirmsAddress" value="yes" required />
        <span>{addressConfirmation.confirm}</span>
      </label>
    </>
  );
}
