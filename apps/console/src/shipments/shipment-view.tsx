import { causeOf } from '@keycourier/journey/model/cause';
import type { Hold, Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import { whoseMove } from '@keycourier/journey/model/whose-move';
import type { Service } from '@keycourier/journey/ports/errors';
import { actionsOf } from '@keycourier/journey/requests/operator-actions';
import type { HoldComment } from '@keycourier/ledger/holds/claims';
import { mailsOf } from '@keycourier/ledger/shipments/mails-of';
import type { Facts as KnownFacts } from '@keycourier/ledger/shipments/read-facts';
import type { HistoryEntry } from '@keycourier/ledger/shipments/read-history';
import type { StepSummary } from '@keycourier/ledger/shipments/read-steps';
import { actionTexts } from '@keycourier/messages/actions';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { describeDrift } from '@keycourier/messages/hub-people';
import { describeRegistration } from '@keycourier/messages/registration';
import { remedyFor } from '@keycourier/messages/remedies';
import { describeMove, nameOfMover } from '@keycourier/messages/whose-move';
import { offeredActions, problemsOf, type OfferedAction } from '@keycourier/operations/offered-actions';
import type { VNode } from 'preact';

import { Command, Facts, Head, Notice, Section, StatusMark } from '../pages/parts.tsx';
import { ClockTime, Time } from '../pages/time.tsx';
import { addressIn, pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';
import { Comments, History } from './comments.tsx';
import { Journey } from './journey.tsx';
import { Mails } from './mails.tsx';

interface Props {
  shipment: Shipment;
  facts: KnownFacts;
  history: readonly HistoryEntry[];
  steps: readonly StepSummary[];
  comments: readonly HoldComment[];
  viewer: Viewer;
  /** How long after a deactivation by a SCIM client the shipment is only held. */
  graceMs: number;
  /** The action that led here. */
  did: OfferedAction | null;
}

export const ShipmentView = ({ shipment, facts, history, steps, comments, viewer, graceMs, did }: Props): VNode => (
  <>
    <Head
      title={shipment.secrets.login ?? shipment.user.id ?? 'Erased person'}
      above={{ href: pathIn(viewer, '/shipments'), text: 'Shipments' }}
    >
      <StatusMark status={statusOf(shipment.plan)} />
      {shipment.plan.dryRun && <span class="badge">dry run</span>}
      {includesRole(viewer.role, 'operator') && <Actions shipment={shipment} viewer={viewer} />}
    </Head>
    {did !== null && <Notice tone="good">{`Done: ${withoutCapital(actionTexts[did].title)}.`}</Notice>}
    <Move shipment={shipment} steps={steps} viewer={viewer} graceMs={graceMs} />
    <div class="columns">
      <Section id="cards" title="Cards">
        <Journey steps={steps} isHeld={shipment.hold !== null} viewer={viewer} />
        <Mails mails={mailsOf(shipment, history)} viewer={viewer} />
        <History entries={history} viewer={viewer} />
        <Comments comments={comments} shipmentId={shipment.id} viewer={viewer} />
      </Section>
      <div>
        <Key shipment={shipment} viewer={viewer} />
        <Request shipment={shipment} facts={facts} viewer={viewer} />
      </div>
    </div>
    <Command text={`keycourier show ${shipment.id}`} />
  </>
);

/** Only of the first word: a PIN stays one. */
const withoutCapital = (title: string): string => title.charAt(0).toLowerCase() + title.slice(1);

/** What may be done now; each leads to a page that says what it will do. */
const Actions = ({ shipment, viewer }: { shipment: Shipment; viewer: Viewer }): VNode => (
  <div class="actions">
    {[...actionsOf(shipment), 'correct' as const].map((action) => (
      <a key={action} class="button small plain" href={pathIn(viewer, pathOfAction(shipment.id, action))}>
        {action === 'correct' && !offeredActions(shipment).includes(action) ? 'Address' : actionTexts[action].button}
      </a>
    ))}
  </div>
);

const pathOfAction = (id: string, action: OfferedAction): string =>
  action === 'correct' ? `/shipments/${id}/address` : `/shipments/${id}/actions/${action}`;

const services: readonly Service[] = ['okta', 'hub', 'fulfillment', 'mail', 'hris'];

/** Whose move it is, since when, and until when that is normal; of a hold, what happened and its remedy. */
function Move({ shipment, steps, viewer, graceMs }: Pick<Props, 'shipment' | 'steps' | 'viewer' | 'graceMs'>): VNode {
  const waitsFor = services.find((service) => steps.some((step) => step.waitsFor === service)) ?? null;
  const { who, what, since, normalUntil } = whoseMove(shipment, { waitsFor });
  const isLate = normalUntil !== null && normalUntil < viewer.now;
  return (
    <section class={`sheet move ${who}`} aria-label="Whose move it is">
      {shipment.hold === null ? <strong>{describeMove(what)}</strong> : <Reason hold={shipment.hold} />}
      <Suspension shipment={shipment} viewer={viewer} graceMs={graceMs} />
      <Failure shipment={shipment} />
      {who !== 'none' && (
        <p class="quiet">
          {`The move of ${nameOfMover(who)}, since `}
          <Time at={since} viewer={viewer} />
          {normalUntil !== null && (isLate ? '; it was to be expected by ' : '; normal until ')}
          {normalUntil !== null && <ClockTime at={normalUntil} viewer={viewer} />}
          {isLate && ' '}
          {isLate && <span class="badge warn">late</span>}
        </p>
      )}
    </section>
  );
}

/** Said beside another hold, too, which stays: what to do about that one may be in vain. */
function Suspension({ shipment, viewer, graceMs }: Pick<Props, 'shipment' | 'viewer' | 'graceMs'>): VNode | null {
  const { hold, suspension } = shipment;
  if (hold === null || suspension === null || suspension.isLifted) return null;
  const graceEndsAt = <ClockTime at={new Date(suspension.since.getTime() + graceMs)} viewer={viewer} />;
  if (hold.code === 'suspended') return <p>The grace time ends {graceEndsAt}.</p>;
  return (
    <p>
      {'A SCIM client deactivated the person '}
      <Time at={suspension.since} viewer={viewer} />
      {'. Unless they are reactivated, the shipment is cancelled, or its credential revoked, after the grace time, '}
      {graceEndsAt}.
    </p>
  );
}

function Reason({ hold }: { hold: Hold }): VNode {
  const { happened, toDo, problems } = remedyFor(causeOf(hold));
  return (
    <>
      <strong>{happened}</strong>
      <p>{toDo}</p>
      {problems.map(({ field, code, message }) => (
        <p key={`${field} ${code}`}>
          {problems.length > 1 && !toDo.includes(message) && `${message} `}
          <code class="quiet">{`${field}: ${code}`}</code>
        </p>
      ))}
    </>
  );
}

/** Why it failed. */
const Failure = ({ shipment }: { shipment: Shipment }): VNode | null =>
  shipment.hold !== null || shipment.failure === null ? null : (
    <>
      {problemsOf(shipment).map((problem) => (
        <p key={`${problem.field} ${problem.code}`}>
          {describeProblem(problem).message} <code class="quiet">{`${problem.field}: ${problem.code}`}</code>
        </p>
      ))}
    </>
  );

function Key({ shipment, viewer }: { shipment: Shipment; viewer: Viewer }): VNode {
  const { purpose, product, credential, parcel, plan, order, pin } = shipment;
  return (
    <Section id="key" title="Key">
      <Facts
        rows={[
          ['Purpose', purpose],
          [
            'Product',
            `${product.productId}, inventory ${product.inventoryProductId}, customization ${product.customizationId}`,
          ],
          ['Serial', credential.serial ?? '–'],
          ['Order', `${plan.order}${order.providerId === null ? '' : `, ${order.providerId}`}`],
          ['Parcel', plan.parcel.replaceAll('_', ' ')],
          ['Tracking', <Tracking key="tracking" parcel={parcel} />],
          ['Credential', plan.credential],
          ...hubRows(shipment, viewer),
          ['PIN', plan.pin],
          ['PIN mailed', <Time key="pin" at={pin.sentAt} viewer={viewer} />],
          ['PIN mailed to', pin.sentTo ?? '–'],
        ]}
      />
    </Section>
  );
}

/** The person's user in the hub, where they have one to be looked at; of a key that is registered there, in what the two differ. */
const hubRows = ({ hubUser, user }: Shipment, viewer: Viewer): [string, VNode][] =>
  hubUser === null && (!viewer.hasHub || user.id === null)
    ? []
    : [
        [
          'In the hub',
          <span key="hub">
            <HubLink text={hubUser?.id ?? 'the person at the link'} user={user.id ?? hubUser?.id} viewer={viewer} />
            {hubUser !== null && hubUser.drift.length > 0 && (
              <span class="block warn">{`differs in ${describeDrift(hubUser.drift)}`}</span>
            )}
          </span>,
        ],
      ];

const HubLink = ({ text, user, viewer }: { text: string; user: string | undefined; viewer: Viewer }): VNode =>
  viewer.hasHub ? <a href={addressIn(viewer, '/hub/people', { user })}>{text}</a> : <code>{text}</code>;

/** It comes from outside: only a secure address becomes a link, and its host is shown. */
function Tracking({ parcel }: { parcel: Shipment['parcel'] }): VNode {
  const { carrier, trackingNumber, trackingUrl } = parcel;
  if (trackingNumber === null) return <>–</>;
  const text = [carrier, trackingNumber].filter(Boolean).join(' ');
  const url = trackingUrl !== null && URL.canParse(trackingUrl) ? new URL(trackingUrl) : null;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return <>{text}</>;
  return (
    <>
      <a href={url.href} rel="noreferrer noopener" target="_blank">
        {text}
      </a>
      <span class="quiet">{` at ${url.host}`}</span>
    </>
  );
}

function Request({ shipment, facts, viewer }: Pick<Props, 'shipment' | 'facts' | 'viewer'>): VNode {
  const { requester, registration } = facts;
  const { trigger, note, batchId, batchRow, createdAt, id } = shipment;
  const by = requester.apiKey === null ? null : `API key ${requester.apiKey.name ?? requester.apiKey.id}`;
  const event = requester.event === null ? null : `event ${requester.event.uuid}`;
  return (
    <Section id="request" title="Request">
      <Facts
        rows={[
          ['Shipment', <code key="id">{id}</code>],
          ['Requested', <Time key="at" at={createdAt} viewer={viewer} />],
          ['By', [trigger, by ?? event].filter(Boolean).join(', ')],
          ['Batch', batchId === null ? '–' : `${batchId}, row ${batchRow ?? '?'}`],
          ['Note', note ?? '–'],
          ['Okta user', shipment.user.id ?? '–'],
          ['Shown in Okta', describeRegistration(registration) ?? '–'],
        ]}
      />
    </Section>
  );
}
