import { readHistory, type HistoryEntry } from '@keycourier/ledger/shipments/read-history';

import { asking, noQuery } from '../http/given.ts';
import { withShipment } from './with-shipment.ts';

/** The cards that a shipment went through and the changes of its state, oldest first. */
export const showHistory = asking(
  noQuery,
  withShipment(async ({ ledger }, _caller, { id }) => {
    const entries = await readHistory(ledger, id);
    return { status: 200, body: { items: entries.map(toItem) } };
  }),
);

function toItem(entry: HistoryEntry): Readonly<Record<string, unknown>> {
  switch (entry.kind) {
    case 'card': {
      const { card, attempt, startedAt, endedAt, outcome, why } = entry;
      return {
        card,
        attempt,
        startedAt: startedAt.toISOString(),
        endedAt: endedAt?.toISOString() ?? null,
        outcome,
        why,
      };
    }
    case 'change': {
      const { event, at, detail } = entry;
      return { event, at: at.toISOString(), detail };
    }
  }
}
