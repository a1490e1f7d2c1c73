import { judgeExpiry, needsRenewal, type Expiring } from '@keycourier/journey/model/expiring';
import { describeExpiring } from '@keycourier/messages/expiring';
import type { VNode } from 'preact';

import { countText, Empty, Section } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';

interface Props {
  expiring: readonly Expiring[];
  viewer: Viewer;
}

/** Each secret that has to be renewed now, as a cause of trouble to come. */
export function ToRenew({ expiring, viewer }: Props): VNode | null {
  const due = expiring.filter((secret) => needsRenewal(secret, viewer.now));
  if (due.length === 0) return null;
  return (
    <ul class="causes">
      {due.map((secret) => (
        <DueSecret key={secret.id} secret={secret} viewer={viewer} />
      ))}
    </ul>
  );
}

function DueSecret({ secret, viewer }: { secret: Expiring; viewer: Viewer }): VNode {
  const { happened, toDo } = describeExpiring(secret, viewer.now);
  return (
    <li id={`ends-${secret.id}`} class="sheet">
      <a class="number" href="#expiring">
        {countText(judgeExpiry(secret, viewer.now).daysLeft ?? 0)}
        <span class="visually-hidden"> days left</span>
      </a>
      <div>
        <p class="title">{happened}</p>
        <p>{toDo}</p>
        <p class="quiet">
          <code>{`secret_ends · ${secret.kind}`}</code>
        </p>
      </div>
    </li>
  );
}

export const ExpiringList = ({ expiring, viewer }: Props): VNode => (
  <Section id="expiring" title="Ends soon">
    {expiring.length === 0 ? (
      <Empty title="No key or token ends within 45 days" />
    ) : (
      <ul class="sheet lines">
        {expiring.map((secret) => (
          <li key={secret.id}>
            <span>{describeExpiring(secret, viewer.now).title}</span>
            <End secret={secret} viewer={viewer} />
          </li>
        ))}
      </ul>
    )}
  </Section>
);

function End({ secret, viewer }: { secret: Expiring; viewer: Viewer }): VNode {
  const { state, daysLeft } = judgeExpiry(secret, viewer.now);
  if (state === 'unknown')
    return <span class="quiet sentence">ends 30 days after its last use, which is not known here</span>;
  return (
    <span class={state === 'ended' ? 'badge bad' : needsRenewal(secret, viewer.now) ? 'badge warn' : 'quiet'}>
      {state === 'ended' ? 'ended ' : `${countText(daysLeft)} ${daysLeft === 1 ? 'day' : 'days'} left, until `}
      <Time at={secret.expiresAt} viewer={viewer} />
    </span>
  );
}
