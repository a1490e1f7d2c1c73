import type { Decision } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { ActionResult } from '@keycourier/journey/requests/operator-actions';
import { move } from '@keycourier/ledger/shipments/move';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { refusalMessages } from '@keycourier/messages/refusals';

import type { Context } from '../context.ts';
import { refuse, type Answer } from '../http/answer.ts';
import { toDto } from './shipment-dto.ts';

type Ask = (shipment: Shipment) => ActionResult;

/** Asks something of a shipment as it is under its row's lock, and answers with what became of that. `by` is an API key's id. */
export async function decideOn(
  { ledger }: Context,
  shipmentId: string,
  { by, ask }: { by: string; ask: Ask },
): Promise<Answer> {
  const moved = await move(ledger, shipmentId, (current) => grant(ask(current), by));
  switch (moved.outcome) {
    case 'moved':
      return { status: 200, body: toDto(moved.shipment) };
    case 'duplicate':
      return refuse('duplicate', 'Two open shipments for one purpose would mean two keys. See to the other one.', {
        members: { shipmentId: moved.of },
      });
    case 'declined':
      return explain(ask(moved.shipment), moved.shipment);
  }
}

function grant(asked: ActionResult, by: string): Decision | null {
  if (asked.outcome !== 'granted') return null;
  const { change, note } = asked.decision;
  return { change, note: { ...note, detail: { ...note.detail, by } } };
}

/** The decision is pure: asked again about the same state, it tells why it declined. */
function explain(asked: ActionResult, shipment: Shipment): Answer {
  switch (asked.outcome) {
    case 'already':
      return { status: 200, body: toDto(shipment) };
    case 'refused': {
      const { code, problems } = asked;
      const more = problems === undefined ? {} : { problems: problems.map(describeProblem) };
      return refuse(code, refusalMessages[code], more);
    }
    case 'granted':
      return refuse('changed_meanwhile', 'Look at the shipment and ask again.');
  }
}
