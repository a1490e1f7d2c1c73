import { mask, recipientsOf } from '@keycourier/journey/5-pin-delivery/pin-recipients';
import { causeOf } from '@keycourier/journey/model/cause';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { statusOf } from '@keycourier/journey/model/status';
import type { Flow } from '@keycourier/ledger/flows/flows';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { remedyFor } from '@keycourier/messages/remedies';
import { problemsOf } from '@keycourier/operations/offered-actions';
import type { VNode } from 'preact';

import { Facts, Notice, StatusMark } from '../pages/parts.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

interface Props {
  shipment: Shipment;
  others: readonly Shipment[];
  flows: readonly Flow[];
  viewer: Viewer;
}

/** What the dry run found so far. It shows no value of the address: opening that is recorded. */
export const DryRunResult = ({ shipment, others, flows, viewer }: Props): VNode => (
  <div class="sheet padded" id={shipment.id}>
    <h3>{shipment.secrets.login ?? shipment.user.id ?? 'Erased person'}</h3>
    <Verdict shipment={shipment} />
    <Facts
      rows={[
        ['Found', foundIn(shipment)],
        ['Sources', sourcesOf(shipment)],
        ['Address', <Address key="address" shipment={shipment} viewer={viewer} />],
        ['Product', `${shipment.product.productId}, inventory ${shipment.product.inventoryProductId}`],
        ['PIN', pinText(shipment)],
        ['Flows that are off', flows.flatMap(({ slug, enabled }) => (enabled ? [] : [slug])).join(', ') || 'none'],
        ['Other shipments', <Others key="others" shipment={shipment} others={others} viewer={viewer} />],
      ]}
    />
  </div>
);

function Verdict({ shipment }: { shipment: Shipment }): VNode {
  const status = statusOf(shipment.plan);
  if (status === 'requested')
    return <Notice tone="warn">The worker has not checked it yet. This page follows it.</Notice>;
  if (shipment.hold !== null) {
    const { happened, toDo, problems } = remedyFor(causeOf(shipment.hold));
    return (
      <>
        <Notice tone="warn">{`A request would be held. ${happened} ${toDo}`}</Notice>
        {problems.map(({ field, code, message }) => (
          <p key={`${field} ${code}`}>
            {!toDo.includes(message) && `${message} `}
            <code>{`${field}: ${code}`}</code>
          </p>
        ))}
      </>
    );
  }
  if (status === 'ready') return <Notice tone="good">A request would be ordered: all checks passed.</Notice>;
  return (
    <Notice tone="bad">
      {['A request would fail.', ...problemsOf(shipment).map((problem) => describeProblem(problem).message)].join(' ')}{' '}
      <StatusMark status={status} />
    </Notice>
  );
}

function foundIn({ user, secrets }: Shipment): string {
  if (user.id === null) return 'not looked up, or not found in Okta';
  return secrets.sourced?.isNewUser === true ? `${user.id}, a new user` : user.id;
}

/** Which source each field comes from, without its value. */
function sourcesOf({ secrets: { sourced } }: Shipment): string {
  const fields = Object.entries(sourced?.profile ?? {});
  const sources = [...new Set(fields.map(([, { source }]) => source))];
  const of = (source: string): string =>
    fields.flatMap(([field, value]) => (value.source === source ? [field] : [])).join(', ');
  return sources.length === 0 ? '–' : sources.map((source) => `${source}: ${of(source)}`).join(' · ');
}

const Address = ({ shipment, viewer }: Pick<Props, 'shipment' | 'viewer'>): VNode => (
  <>
    <a href={pathIn(viewer, `/shipments/${shipment.id}/address`)}>Each value with its source and rule</a>
    <span class="quiet">: opening it is recorded</span>
  </>
);

/** The addresses are masked. */
function pinText({ secrets: { profile }, pinPolicy }: Shipment): string {
  const by = pinPolicy.channel === 'okta' ? 'mailed by Okta' : 'mailed by keycourier';
  if (profile === undefined) return by;
  return `${by}, to ${recipientsOf(profile, pinPolicy).map(mask).join(' and ')}`;
}

function Others({ shipment, others, viewer }: Omit<Props, 'flows'>): VNode {
  if (others.length === 0) return <>none</>;
  const isSame = ({ purpose }: Shipment): boolean => purpose === shipment.purpose;
  return (
    <>
      {others.map((other) => (
        <span key={other.id} class="block">
          <a
            href={pathIn(viewer, `/shipments/${other.id}`)}
          >{`${other.purpose}, product ${other.product.productId}`}</a>{' '}
          <StatusMark status={statusOf(other.plan)} />
        </span>
      ))}
      {others.some(isSame) && (
        <span class="quiet">A request for the same purpose is refused while another is open.</span>
      )}
    </>
  );
}
