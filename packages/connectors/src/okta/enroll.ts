import type { IdentityPort } from '@keycourier/journey/ports/identity';

import type { OktaSdk } from './connect-sdk.ts';
import { enrollSchema } from './schema.ts';

type Enrolled = Awaited<ReturnType<IdentityPort['enroll']>>;

/** Makes a pending enrollment for one RP ID and one transport key. Never idempotent: every call makes another. */
export async function enroll(
  { preregistration }: OktaSdk,
  { userId, transportKey, rpId }: Parameters<IdentityPort['enroll']>[1] & { rpId: string },
): Promise<Enrolled> {
  const { kty, crv, use, kid, x, y } = transportKey;
  const answer = await preregistration.enrollPreregistrationEnrollment({
    body: {
      userId,
      fulfillmentProvider: 'yubico',
      enrollmentRpIds: [rpId],
      yubicoTransportKeyJWK: { kty, crv, use, kid, x, y },
    },
  });
  const { pinRequestJwe, credRequests } = enrollSchema.parse(answer);
  const [request] = credRequests;
  return {
    enrollmentId: request.authenticatorEnrollmentId,
    keyId: request.keyId,
    pinRequestJwe,
    credRequestJwe: request.credRequestJwe,
  };
}
