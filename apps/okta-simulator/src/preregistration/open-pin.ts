import type { JWK } from 'jose';
import { z } from 'zod';

import type { Enrollment, ResponseKeys } from './enrollment.ts';
import { openResponse, ResponseRefused } from './open-response.ts';

const pinSchema = z.looseObject({
  version: z.literal(1),
  requestId: z.string(),
  serial: z.coerce.string(),
  pin: z.string().regex(/^[1-9]\d{5,7}$/),
});

/** The PIN that the provider set on the key. @throws ResponseRefused `pinResponseJwe` */
export async function openPin(
  enrollment: Enrollment,
  keys: ResponseKeys,
  said: { pinResponseJwe: string; serial: string; signers: readonly JWK[] },
): Promise<string> {
  const { pin, requestId, serial } = await openResponse({
    part: 'pinResponseJwe',
    jwe: said.pinResponseJwe,
    kid: enrollment.request_id,
    privateKey: keys.pin,
    signers: said.signers,
    content: pinSchema,
  });
  if (requestId !== enrollment.request_id)
    throw new ResponseRefused('pinResponseJwe', 'The requestId is not the one of this enrollment.');
  if (serial !== said.serial)
    throw new ResponseRefused('pinResponseJwe', 'The PIN is for a key with another serial number.');
  return pin;
}
