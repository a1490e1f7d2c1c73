import { fulfillmentProvider } from '@keycourier/journey/ports/fulfillment';
import type { IdentityPort } from '@keycourier/journey/ports/identity';

import { activateSchema } from './schema.ts';
import type { SendToOkta } from './send.ts';

/**
 * Sends the provider's envelopes to Okta. Without the SDK, whose serializer drops `alg` and `x5c` of the signing keys:
 * Yubico's own flow sends them, and it is not documented whether Okta needs them.
 */
export async function activate(
  send: SendToOkta,
  request: Parameters<IdentityPort['activate']>[1],
): ReturnType<IdentityPort['activate']> {
  const { json } = await send({
    method: 'POST',
    path: '/webauthn-registration/api/v1/activate',
    body: JSON.stringify({
      userId: request.userId,
      fulfillmentProvider,
      serial: request.serial,
      version: request.version,
      pinResponseJwe: request.pinResponseJwe,
      credResponses: [{ authenticatorEnrollmentId: request.enrollmentId, credResponseJwe: request.credResponseJwe }],
      yubicoSigningJwks: request.signingKeys,
    }),
  });
  return { enrollmentIds: activateSchema.parse(json).authenticatorEnrollmentIds };
}
