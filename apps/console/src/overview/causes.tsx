import { maxSnoozed } from '@keycourier/ledger/holds/claims';
import { countedAtMost, type HeldCause, type HeldCauses } from '@keycourier/ledger/overview/held-causes';
import { remedyFor } from '@keycourier/messages/remedies';
import type { VNode } from 'preact';

import { countText } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

interface Props {
  held: HeldCauses;
  viewer: Viewer;
}

/** One card a cause, however many shipments it holds: one remedy is for all of them. Then what is not among them. */
export const Causes = ({ held: { causes, isMore, snoozed }, viewer }: Props): VNode => (
  <>
    <ul class="causes">
      {causes.map((cause) => (
        <Cause key={cause.cause} cause={cause} viewer={viewer} />
      ))}
    </ul>
    {isMore && (
      <p>
        There are more causes than are listed here: see{' '}
        <a href={pathIn(viewer, '/shipments?status=held')}>all shipments that are held</a>.
      </p>
    )}
    {snoozed > 0 && (
      <p>
        <a href={pathIn(viewer, '/held?snoozed=yes')}>
          {`${countText(snoozed === maxSnoozed ? maxSnoozed + 1 : snoozed, maxSnoozed)} snoozed`}
        </a>
        {', left out above until their time is over.'}
      </p>
    )}
  </>
);

export const nothingHeld = ({ snoozed }: HeldCauses): string =>
  snoozed === 0 ? 'No shipment is held' : 'All shipments that are held are snoozed';

function Cause({ cause, viewer }: { cause: HeldCause; viewer: Viewer }): VNode {
  const { happened, toDo, code, problems } = remedyFor(cause.cause);
  return (
    <li id={`cause-${code}-${problems.map((problem) => `${problem.field}-${problem.code}`).join('-')}`} class="sheet">
      <a class="number" href={pathIn(viewer, `/held?cause=${encodeURIComponent(cause.cause)}`)}>
        {countText(cause.isMore ? countedAtMost + 1 : cause.count, countedAtMost)}
        <span class="visually-hidden"> held shipments of this cause</span>
      </a>
      <div>
        <p class="title">{happened}</p>
        <p>{toDo}</p>
        <p class="quiet">
          <code>{[code, ...problems.map((problem) => `${problem.field}: ${problem.code}`)].join(' · ')}</code>
          {cause.heldSince !== null && ' · the first held '}
          {cause.heldSince !== null && <Time at={cause.heldSince} viewer={viewer} />}
        </p>
      </div>
    </li>
  );
}
