import type { HistoryEntry } from '@keycourier/ledger/shipments/read-history';
import type { Retry } from '@keycourier/ledger/shipments/read-retries';
import type { VNode } from 'preact';

import { Time } from '../pages/time.tsx';
import type { Viewer } from '../pages/viewer.ts';
import { foldCards, type Card } from './fold-cards.ts';

interface Props {
  entries: readonly HistoryEntry[];
  retries: readonly Retry[];
  viewer: Viewer;
}

/** The cards in their order, attempts folded; what waits says until when and why. */
export const Journey = ({ entries, retries, viewer }: Props): VNode => (
  <ol class="journey">
    {foldCards(entries, retries).map((card) => (
      <li key={card.step} class={card.state}>
        <p>
          <span class="title">{titleOf(card.step)}</span>
          <span class="quiet">
            {card.attempts === 1 ? '1 attempt' : `${card.attempts} attempts`}
            {card.endedAt !== null && ', '}
            {card.endedAt !== null && <Time at={card.endedAt} viewer={viewer} />}
          </span>
        </p>
        {card.retry !== null && <Waiting retry={card.retry} viewer={viewer} />}
        {card.why !== null && <p class="quiet">{card.why}</p>}
      </li>
    ))}
  </ol>
);

const Waiting = ({ retry, viewer }: { retry: NonNullable<Card['retry']>; viewer: Viewer }): VNode => (
  <p>
    {`Attempt ${retry.failures + 1} `}
    <Time at={retry.nextAt} viewer={viewer} />
    {retry.reason !== null && `, because ${retry.reason}`}
  </p>
);

/** `check-profile` reads as `Check profile`. */
function titleOf(step: string): string {
  const words = step.replaceAll('-', ' ').replace('pin', 'PIN');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
