import type { Decision } from '@keycourier/journey/change';
import { operatorActions, type OperatorAction } from '@keycourier/journey/operator-actions';
import type { Shipment } from '@keycourier/journey/shipment';
import { move } from '@keycourier/ledger/shipments/move';

import { refuse, type Answer } from '../http/answer.ts';
import { noBody, noQuery, taking } from '../http/given.ts';
import type { Handler } from '../http/handler.ts';
import { refusalWords } from '../words/refusal-words.ts';
import { toDto } from './shipment-dto.ts';
import { withShipment } from './with-shipment.ts';

/** Does what a person asks of a shipment, decided under the row's lock; the history says which API key asked. */
export const actOn = (action: OperatorAction): Handler =>
  taking(
    { query: noQuery, body: noBody },
    withShipment(async ({ ledger }, { apiKey }, { id }) => {
      const moved = await move(ledger, id, (current) => decide(action, current, apiKey.id));
      switch (moved.outcome) {
        case 'moved':
          return { status: 200, body: toDto(moved.shipment) };
        case 'duplicate':
          return refuse('duplicate', 'Two open shipments for one purpose would mean two keys. See to the other one.', {
            members: { shipmentId: moved.of },
          });
        case 'declined':
          return explain(action, moved.shipment);
      }
    }),
  );

function decide(action: OperatorAction, shipment: Shipment, by: string): Decision | null {
  const asked = operatorActions[action](shipment);
  if (asked.outcome === 'refused') return null;
  const { change, note } = asked.decision;
  return { change, note: { ...note, detail: { ...note.detail, by } } };
}

/** The decision is pure: asked again about the same state, it tells why it declined. */
function explain(action: OperatorAction, shipment: Shipment): Answer {
  const asked = operatorActions[action](shipment);
  if (asked.outcome === 'refused') return refuse(asked.code, refusalWords[asked.code]);
  return refuse('changed_meanwhile', 'Look at the shipment and ask again.');
}
