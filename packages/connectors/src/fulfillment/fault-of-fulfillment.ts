import { ConnectorError, type Refusal } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import type { HttpAnswer } from '../http/exchange.ts';
import { faultOfAnswer, plainName } from '../http/fault-of-answer.ts';

const error = z.union([z.string(), z.looseObject({ field: z.unknown().optional(), code: z.unknown().optional() })]);

/** Of the body of a refusal, only `errors` is known (YubicoLabs' yed-self-service): a list of objects or texts, or texts by name. */
const errorBody = z.looseObject({ errors: z.union([z.array(error), z.record(z.string(), z.unknown())]) });

/**
 * Statuses by which a provider says that it does not offer a call besides orders, or not to this tenant. A 403 that is
 * about the token counts too, without harm: the order itself gets it next.
 */
export const notOfferedStatuses = [403, 404, 405] as const;

export const isNotOffered = ({ status }: HttpAnswer): boolean => notOfferedStatuses.some((one) => one === status);

/** The error for an answer of the provider that is no success. */
export function faultOfFulfillment(answer: HttpAnswer): ConnectorError {
  // A 404 of a gateway, taken for the provider's, would make an order that is in transit look deleted.
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

/** Messages are prose and may quote values; fields and codes are used only where they are plain names. */
function refusalsOf(errors: z.infer<typeof errorBody>['errors']): Refusal[] {
  if (!Array.isArray(errors)) return Object.keys(errors).map((name) => refusal(name, null));
  return errors.map((one) => (typeof one === 'string' ? refusal(null, one) : refusal(one.field, one.code)));
}

function refusal(field: unknown, code: unknown): Refusal {
  return { field: plainName(field) ?? 'request', code: plainName(code) ?? 'refused' };
}
