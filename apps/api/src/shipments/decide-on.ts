import type { Answer } from '@keycourier/http/answer';
import type { Decision } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { ActionResult } from '@keycourier/journey/requests/operator-actions';
import { move } from '@keycourier/ledger/shipments/move';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { refusalMessages } from '@keycourier/messages/refusals';

import type { Context } from '../context.ts';
import { refuse } from '../problems.ts';
import { toDto } from './shipment-dto.ts';

type Decide = (shipment: Shipment) => ActionResult;

/** Decides an action under the shipment's row lock and answers with the result. `by` is an API key's id. */
export async function decideOn(
  { ledger }: Context,
  shipmentId: string,
  { by, decide }: { by: string; decide: Decide },
): Promise<Answer> {
  const moved = await move(ledger, shipmentId, (current) => grant(decide(current), by));
  switch (moved.outcome) {
    case 'moved':
      return { status: 200, body: toDto(moved.shipment) };
    case 'duplicate':
      return refuse(
        'duplicate',
        'Two open shipments for one purpose would mean two keys. Use the other one, or cancel it first.',
        {
          members: { shipmentId: moved.of },
        },
      );
    case 'declined':
      return explain(decide(moved.shipment), moved.shipment);
  }
}

function grant(result: ActionResult, by: string): Decision | null {
  if (result.outcome !== 'granted') return null;
  const { change, note } = result.decision;
  return { change, note: { ...note, detail: { ...note.detail, by } } };
}

/** The decision is pure: repeated on the same state, it returns the reason. */
function explain(result: ActionResult, shipment: Shipment): Answer {
  switch (result.outcome) {
    case 'already':
      return { status: 200, body: toDto(shipment) };
    case 'refused': {
      const { code, problems } = result;
      const details = problems === undefined ? {} : { problems: problems.map(describeProblem) };
      return refuse(code, refusalMessages[code], details);
    }
    case 'granted':
      return refuse('changed_meanwhile', 'Read the shipment and retry.');
  }
}
