import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { isSuccess } from '../http/fault-of-answer.ts';
import { faultOfFulfillment, isNotOffered, notOfferedStatuses } from './fault-of-fulfillment.ts';
import { mailingAddress } from './label.ts';
import { addressOpinionSchema } from './schema.ts';
import type { SendToProvider } from './send.ts';

/**
 * Whether the provider considers an address deliverable. Its opinion comes with 200 or with 400; the prose beside it is
 * ignored. The call changes nothing, so it is retried like a read.
 */
export async function validateAddress(
  send: SendToProvider,
  profile: CheckedProfile,
): ReturnType<FulfillmentPort['validateAddress']> {
  const answer = await send({
    method: 'POST',
    path: '/validate-address',
    body: mailingAddress(profile),
    isRead: true,
    alsoAccepted: [400, ...notOfferedStatuses],
  });
  if (isNotOffered(answer)) return 'unknown';
  const opinion = addressOpinionSchema.safeParse(answer.json);
  if (!opinion.success) throw isSuccess(answer) ? opinion.error : faultOfFulfillment(answer);
  const { status } = opinion.data;
  return status === 'deliverable' || status === 'undeliverable' ? status : 'unknown';
}
