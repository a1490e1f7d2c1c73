import { randomBytes, randomUUID } from 'node:crypto';

import { z } from 'zod';

import { changeOrg, type Org } from '../context.ts';
import { OktaError } from '../http/errors.ts';
import { parseBody, type Handler } from '../http/handler.ts';
import type { Queryable } from '../store/database.ts';
import { oktaId } from '../store/okta-id.ts';
import type { User } from '../users/user.ts';
import { creationOptions } from './creation-options.ts';
import { fulfillmentProviderSchema } from './enrollment.ts';
import { findSubject } from './find-subject.ts';
import { generateResponseKey, requestJwe, type ResponseKey, type TransportKey } from './request-jwe.ts';

const bodySchema = z.looseObject({
  userId: z.string(),
  fulfillmentProvider: fulfillmentProviderSchema,
  enrollmentRpIds: z.array(z.string().regex(/^[a-z0-9.-]+$/i, 'must be a host name, without scheme')).min(1),
  yubicoTransportKeyJWK: z.looseObject({
    kty: z.literal('EC'),
    crv: z.literal('P-384'),
    use: z.literal('enc'),
    kid: z.string().min(1),
    x: z.string(),
    y: z.string(),
  }),
});

/** The data of one enrollment before it is stored. */
interface Draft {
  id: string;
  user: User;
  rpId: string;
  challenge: string;
  expires: Date;
  pinKey: ResponseKey;
  credentialKey: ResponseKey;
  requestId: string;
  keyId: string;
}

/**
 * `POST …/enroll`: creates a pending factor and the two encrypted requests that are sent to the provider with the order.
 * It is not idempotent: a repeated call creates another factor.
 */
export const enroll: Handler = async (org, request) => {
  const { userId, enrollmentRpIds, yubicoTransportKeyJWK } = parseBody(bodySchema, request.body, 'enrollmentRequest');
  const user = await findSubject(org.db, userId);
  const draft = await draftEnrollment(org, user, enrollmentRpIds[0] ?? org.issuerHost);
  const { pinRequestJwe, credRequestJwe } = await encryptRequests(org, draft, yubicoTransportKeyJWK);
  await changeOrg(org, async (tx) => {
    await findSubject(tx, user.id);
    await insertEnrollment(tx, org, draft);
  });
  return {
    status: 200,
    body: {
      userId: user.id,
      fulfillmentProvider: 'yubico',
      pinRequestJwe,
      credRequests: [{ authenticatorEnrollmentId: draft.id, keyId: draft.keyId, credRequestJwe }],
    },
  };
};

async function draftEnrollment(org: Org, user: User, rpId: string): Promise<Draft> {
  const [requestId, keyId] = [randomUUID(), randomUUID()];
  return {
    id: oktaId('fwf'),
    user,
    rpId,
    challenge: randomBytes(32).toString('base64url'),
    expires: new Date(org.now().getTime() + org.settings.current().challengeLifetimeMs),
    pinKey: await generateResponseKey(requestId),
    credentialKey: await generateResponseKey(keyId),
    requestId,
    keyId,
  };
}

async function encryptRequests(
  org: Org,
  draft: Draft,
  transportKey: TransportKey,
): Promise<{ pinRequestJwe: string; credRequestJwe: string }> {
  const { user, requestId, keyId, rpId, challenge } = draft;
  const options = creationOptions(user, { rpId, challenge, timeoutMs: org.settings.current().challengeLifetimeMs });
  try {
    return {
      pinRequestJwe: await requestJwe(transportKey, 'fpr-pin-request', {
        version: 1,
        requestId,
        responseKey: draft.pinKey.publicJwk,
      }),
      credRequestJwe: await requestJwe(transportKey, 'fpr-credential-request', {
        version: 1,
        keyId,
        responseKey: draft.credentialKey.publicJwk,
        publicKeyCredentialCreationOptions: options,
      }),
    };
  } catch (cause) {
    throw new OktaError('E0000001', {
      about: 'webAuthnPreregistrationCredentialRequest',
      causes: 'yubicoTransportKeyJWK cannot be encrypted to',
      cause,
    });
  }
}

async function insertEnrollment(tx: Queryable, org: Org, draft: Draft): Promise<void> {
  const keys = { pin: draft.pinKey.privateJwk, credential: draft.credentialKey.privateJwk };
  await tx.query(
    `insert into enrollment
       (id, user_id, status, rp_id, challenge, challenge_expires, request_id, key_id, sealed_response_keys, created, last_updated)
     values ($1, $2, 'FULFILLMENT_PENDING', $3, $4, $5, $6, $7, $8, $9, $9)`,
    [
      draft.id,
      draft.user.id,
      draft.rpId,
      draft.challenge,
      draft.expires,
      draft.requestId,
      draft.keyId,
      org.sealing.seal(JSON.stringify(keys)),
      org.now(),
    ],
  );
}
