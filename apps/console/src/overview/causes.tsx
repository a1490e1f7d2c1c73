import { countedAtMost, type HeldCause } from '@keycourier/ledger/overview/held-causes';
import { remedyFor } from '@keycourier/messages/remedies';
import type { VNode } from 'preact';

import { countText } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';

/** One card a cause, however many shipments it holds: one remedy is for all of them. */
export const Causes = ({ causes, viewer }: { causes: readonly HeldCause[]; viewer: Viewer }): VNode => (
  <ul class="causes">
    {causes.map((cause) => (
      <Cause key={cause.cause} cause={cause} viewer={viewer} />
    ))}
  </ul>
);

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
