import { maxCommentLength, type HoldComment } from '@keycourier/ledger/holds/claims';
import type { HistoryEntry } from '@keycourier/ledger/shipments/read-history';
import type { VNode } from 'preact';

import { Token } from '../pages/layout.tsx';
import { Section } from '../pages/parts.tsx';
import { Time } from '../pages/time.tsx';
import { pathIn, type Viewer } from '../pages/viewer.ts';
import { includesRole } from '../sign-in/operator.ts';

interface Props {
  comments: readonly HoldComment[];
  shipmentId: string;
  viewer: Viewer;
}

/** What operators wrote about a shipment, erased with the person. */
export const Comments = ({ comments, shipmentId, viewer }: Props): VNode => (
  <Section id="comments" title="Comments">
    {comments.length > 0 && (
      <ul class="sheet lines">
        {comments.map(({ id, operator, at, text }) => (
          <li key={id} id={id}>
            <span class="text">{text}</span>
            <span class="quiet">
              {`${operator}, `}
              <Time at={at} viewer={viewer} />
            </span>
          </li>
        ))}
      </ul>
    )}
    {includesRole(viewer.role, 'operator') && (
      <form method="post" action={pathIn(viewer, `/held/${shipmentId}`)} class="form">
        <Token viewer={viewer} />
        <input type="hidden" name="back" value={viewer.url} />
        <label class="field">
          Add a comment
          <textarea name="text" rows={2} required maxLength={maxCommentLength} />
        </label>
        <div>
          <button class="small plain" name="do" value="comment">
            Comment
          </button>
        </div>
      </form>
    )}
    {!includesRole(viewer.role, 'operator') && comments.length === 0 && <p class="quiet">None.</p>}
  </Section>
);

type Change = Extract<HistoryEntry, { kind: 'change' }>;

/** Each change of state, newest first: ids and codes, and by whom. */
export function History({ entries, viewer }: { entries: readonly HistoryEntry[]; viewer: Viewer }): VNode {
  const changes = entries.filter((entry): entry is Change => entry.kind === 'change').toReversed();
  return (
    <details>
      <summary>{`History, ${changes.length === 1 ? '1 change' : `${changes.length} changes`}`}</summary>
      <ol class="sheet lines">
        {changes.map(({ event, at, detail }) => (
          <li key={`${event} ${at.toISOString()}`}>
            <span>
              <code>{event}</code>
              <span class="quiet block">{detailText(detail)}</span>
            </span>
            <span class="quiet">
              <Time at={at} viewer={viewer} />
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

const detailText = (detail: Change['detail']): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ');
