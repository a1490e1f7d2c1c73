import type { CheckedProfile } from '@keycourier/journey/model/profile';
import type { FulfillmentPort } from '@keycourier/journey/ports/fulfillment';

import { isSuccess } from '../http/fault-of-answer.ts';
import { faultOfFulfillment } from './fault-of-fulfillment.ts';
import { mailingAddress } from './label.ts';
import { isNotOffered, notOfferedStatuses } from './not-offered.ts';
import { addressOpinionSchema } from './schema.ts';
import type { SendToProvider } from './send.ts';

/**
 * Asks what the provider thinks of an address. An opinion comes with 200 or with 400; what it says about the address in
 * prose is left where it is. Asking changes nothing, so it is tried again like a read.
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
    alsoTaken: [400, ...notOfferedStatuses],
  });
  if (isNotOffered(answer)) return 'unknown';
  const opinion = addressOpinionSchema.safeParse(answer.json);
  if (!opinion.success) throw isSuccess(answer) ? opinion.error : faultOfFulfillment(answer);
  const { status } = opinion.data;
  return status === 'deliverable' || status === 'undeliverable' ? status : 'unknown';
}
