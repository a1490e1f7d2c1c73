import type { Answer } from '@keycourier/http/answer';
import type { Decision } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { ActionResult } from '@keycourier/journey/requests/operator-actions';
import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { move } from '@keycourier/ledger/shipments/move';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { refusalMessages } from '@keycourier/messages/refusals';

import type { Context } from '../context.ts';
import { refuse } from '../problems.ts';
import { showOne, toDto, toListed } from './shipment-dto.ts';
import type { ShipmentDto } from './shipment-schema.ts';

type Decide = (shipment: Shipment) => ActionResult;

/**
 * Decides an action under the shipment's row lock and answers with the result. Suggested values are shown to keys that may read
 * alone; the history names the key.
 */
export async function decideOn(
  { ledger }: Context,
  shipmentId: string,
  { by, decide }: { by: ApiKey; decide: Decide },
): Promise<Answer> {
  const moved = await move(ledger, shipmentId, (current) => grant(decide(current), by.id));
  switch (moved.outcome) {
    case 'moved':
      return { status: 200, body: await shownTo(ledger, by, moved.shipment) };
    case 'duplicate':
      return refuse(
        'duplicate',
        'Two open shipments for one purpose would mean two keys. Use the other one, or cancel it first.',
        {
          members: { shipmentId: moved.of },
        },
      );
    case 'declined':
      return explain(decide(moved.shipment), await shownTo(ledger, by, moved.shipment));
  }
}

const shownTo = ({ db }: Ledger, { scopes }: ApiKey, shipment: Shipment): Promise<ShipmentDto> =>
  showOne(db, shipment, scopes.includes('read') ? toDto : toListed);

function grant(result: ActionResult, by: string): Decision | null {
  if (result.outcome !== 'granted') return null;
  const { change, note } = result.decision;
  return { change, note: { ...note, detail: { ...note.detail, by } } };
}

/** The decision is pure: repeated on the same state, it returns the reason. */
function explain(result: ActionResult, shipment: ShipmentDto): Answer {
  switch (result.outcome) {
    case 'already':
      return { status: 200, body: shipment };
    case 'refused': {
      const { code, problems } = result;
      if (code === 'needs_operator') return refuse(code, refusalMessages[code], { members: { scope: 'operator' } });
      const details = problems === undefined ? {} : { problems: problems.map(describeProblem) };
      return refuse(code, refusalMessages[code], details);
    }
    case 'granted':
      return refuse('changed_meanwhile', 'Read the shipment and retry.');
  }
}
