import type { JWK } from 'jose';
import { z } from 'zod';

import { decryptResponse, ResponseRefused } from './decrypt-response.ts';
import type { Enrollment, ResponseKeys } from './enrollment.ts';

const pinSchema = z.looseObject({
  version: z.literal(1),
  requestId: z.string(),
  serial: z.coerce.string(),
  pin: z.string().regex(/^[1-9]\d{5,7}$/),
});

/** The PIN that the provider has set on the key. @throws ResponseRefused `pinResponseJwe` */
export async function decryptPin(
  enrollment: Enrollment,
  keys: ResponseKeys,
  response: { pinResponseJwe: string; serial: string; signers: readonly JWK[] },
): Promise<string> {
  const { pin, requestId, serial } = await decryptResponse({
    part: 'pinResponseJwe',
    jwe: response.pinResponseJwe,
    kid: enrollment.request_id,
    privateKey: keys.pin,
    signers: response.signers,
    content: pinSchema,
  });
  if (requestId !== enrollment.request_id)
    throw new ResponseRefused('pinResponseJwe', 'The requestId is not the one of this enrollment.');
  if (serial !== response.serial)
    throw new ResponseRefused('pinResponseJwe', 'The PIN is for a key with another serial number.');
  return pin;
}
