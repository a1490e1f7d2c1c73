import type { Answer } from '@keycourier/http/answer';
import type { Shipment } from '@keycourier/journey/model/shipment';
import type { ActionResult } from '@keycourier/journey/requests/operator-actions';
import type { ApiKey } from '@keycourier/ledger/api-keys/api-keys';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { describeProblem } from '@keycourier/messages/describe-problem';
import { refusalMessages, secondHandMessages } from '@keycourier/messages/refusals';
import { applyAction, type Act, type Applied } from '@keycourier/operations/apply-action';
import { logAnchor } from '@keycourier/operations/log-anchor';

import { actorOf } from '../audit/acts-of.ts';
import type { Context } from '../context.ts';
import { refuse } from '../problems.ts';
import { showOne, toDto, toListed } from './shipment-dto.ts';
import type { ShipmentDto } from './shipment-schema.ts';

/**
 * Applies an action to the shipment and answers with the result. Suggested values are shown to keys that may read alone;
 * history and audit log name the key.
 */
export async function decideOn(
  { ledger, logger }: Context,
  shipmentId: string,
  { by, act, decide }: { by: ApiKey; act: Omit<Act, 'actor'>; decide: (shipment: Shipment) => ActionResult },
): Promise<Answer> {
  const applied = await applyAction(ledger, shipmentId, { act: { ...act, actor: actorOf(by) }, decide });
  switch (applied.outcome) {
    case 'applied':
      logAnchor(logger, by.tenant, applied.recorded);
      return { status: 200, body: await shownTo(ledger, by, applied.shipment) };
    case 'duplicate':
      return refuse(
        'duplicate',
        'Two open shipments for one purpose would mean two keys. Use the other one, or cancel it first.',
        {
          members: { shipmentId: applied.of },
        },
      );
    case 'refused':
      if (applied.code === 'second_hand_needed') {
        logAnchor(logger, by.tenant, applied.recorded);
        return refuse(applied.code, secondHandMessages[applied.because], { members: { because: applied.because } });
      }
      return explain(applied);
    case 'changed_meanwhile':
      return refuse('changed_meanwhile', 'Read the shipment and retry.');
  }
}

const shownTo = ({ db }: Ledger, { scopes }: ApiKey, shipment: Shipment): Promise<ShipmentDto> =>
  showOne(db, shipment, scopes.includes('read') ? toDto : toListed);

type Refused = Exclude<Extract<Applied, { outcome: 'refused' }>, { code: 'second_hand_needed' }>;

function explain({ code, problems }: Refused): Answer {
  if (code === 'needs_operator') return refuse(code, refusalMessages[code], { members: { scope: 'operator' } });
  const details = problems === undefined ? {} : { problems: problems.map(describeProblem) };
  return refuse(code, refusalMessages[code], details);
}
