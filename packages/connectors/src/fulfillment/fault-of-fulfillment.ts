import { ConnectorError, type Refusal } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { HttpAnswer } from '../http/exchange.ts';
import { faultOfAnswer, plainName } from '../http/fault-of-answer.ts';

const error = z.union([z.string(), z.looseObject({ field: z.unknown().optional(), code: z.unknown().optional() })]);

/** Only that a refusal's body has `errors` is known (YubicoLabs' yed-self-service): a list, of objects or texts, or names with their texts. */
const errorBody = z.looseObject({ errors: z.union([z.array(error), z.record(z.string(), z.unknown())]) });

/** What an answer of the provider says that is no success. */
export function faultOfFulfillment(answer: HttpAnswer): ConnectorError {
  // A 404 of some gateway in between, taken for the provider's, would make an order gone that is on its way.
  if (answer.status === 404 && answer.text !== '' && answer.json === undefined)
    return new ConnectorError(
      { service: 'fulfillment', fault: 'outcome_unknown' },
      'answered 404, but not as the provider does',
      {
        status: 404,
      },
    );
  const body = errorBody.safeParse(answer.json);
  return faultOfAnswer('fulfillment', answer, body.success ? refusalsOf(body.data.errors) : []);
}

/** Messages are prose and may quote values; fields and codes are taken only where they are plain names. */
function refusalsOf(errors: z.infer<typeof errorBody>['errors']): Refusal[] {
  if (!Array.isArray(errors)) return Object.keys(errors).map((name) => refusal(name, null));
  return errors.map((one) => (typeof one === 'string' ? refusal(null, one) : refusal(one.field, one.code)));
}

function refusal(field: unknown, code: unknown): Refusal {
  return { field: plainName(field) ?? 'request', code: plainName(code) ?? 'refused' };
}
