import type { PoolClient } from 'pg';
import { z } from 'zod';

import { changeOrg, type Org } from '../context.ts';
import { OktaError } from '../http/errors.ts';
import { parseBody, type Handler } from '../http/handler.ts';
import { recordEvents } from '../system-log/record-events.ts';
import { userTarget } from '../users/user.ts';
import {
  enrollmentTarget,
  findEnrollment,
  fulfillmentProviderSchema,
  responseKeysSchema,
  type Enrollment,
} from './enrollment.ts';
import { findSubject } from './find-subject.ts';
import { openCredential, type VerifiedCredential } from './open-credential.ts';
import { openPin } from './open-pin.ts';
import { ResponseRefused } from './open-response.ts';

const bodySchema = z.looseObject({
  userId: z.string(),
  fulfillmentProvider: fulfillmentProviderSchema,
  serial: z.string().min(1),
  version: z.string().min(1),
  pinResponseJwe: z.string(),
  credResponses: z
    .array(z.looseObject({ authenticatorEnrollmentId: z.string(), credResponseJwe: z.string() }))
    .length(1, 'must hold one response, as each enroll makes one credential request'),
  yubicoSigningJwks: z
    .array(
      z.looseObject({
        kty: z.literal('EC'),
        crv: z.literal('P-384'),
        use: z.literal('sig'),
        kid: z.string(),
        x: z.string(),
        y: z.string(),
      }),
    )
    .min(1),
});

type Body = z.infer<typeof bodySchema>;

/**
 * `POST …/activate`: believes nothing. The factor becomes ACTIVE only when PIN and credential are decrypted, signed by
 * the provider, for this enrollment, fresh, and a valid WebAuthn registration. All else is 400 E0000001.
 */
export const activate: Handler = async (org, request) => {
  const body = parseBody(bodySchema, request.body, 'enrollmentActivationRequest');
  const [response] = body.credResponses;
  const enrollmentId = response?.authenticatorEnrollmentId ?? '';
  await changeOrg(org, async (tx) => {
    const user = await findSubject(tx, body.userId);
    const enrollment = await findEnrollment(tx, user.id, enrollmentId);
    const { pin, credential } = await verify(org, enrollment, body, response?.credResponseJwe ?? '').catch(toOktaError);
    await save(tx, org, enrollment, { ...body, pin, credential });
    const detail = { factorType: 'FIDO_WEBAUTHN', fulfillmentProvider: 'yubico', aaguid: credential.aaguid };
    await recordEvents(tx, org, request.occasion, [
      { type: 'user.mfa.factor.activate', targets: [userTarget(user), enrollmentTarget(enrollment, detail)] },
    ]);
  });
  return {
    status: 200,
    body: { userId: body.userId, fulfillmentProvider: 'yubico', authenticatorEnrollmentIds: [enrollmentId] },
  };
};

async function verify(
  org: Org,
  enrollment: Enrollment,
  { pinResponseJwe, serial, version, yubicoSigningJwks: signers }: Body,
  credResponseJwe: string,
): Promise<{ pin: string; credential: VerifiedCredential }> {
  if (enrollment.status === 'ACTIVE' || enrollment.sealed_response_keys === null)
    throw new ResponseRefused('webAuthnCredResponse', 'The enrollment is already active.');
  const keys = responseKeysSchema.parse(JSON.parse(org.sealing.unseal(enrollment.sealed_response_keys)));
  const pin = await openPin(enrollment, keys, { pinResponseJwe, serial, signers });
  const said = { credResponseJwe, serial, version, signers, now: org.now() };
  return { pin, credential: await openCredential(enrollment, keys, said) };
}

/** The cause is one object, as the examples of Okta's OpenAPI document have it. */
function toOktaError(error: unknown): never {
  if (!(error instanceof ResponseRefused)) throw error;
  throw new OktaError('E0000001', { about: error.part, causes: error.message, cause: error });
}

interface Programmed extends Pick<Body, 'serial' | 'version'> {
  pin: string;
  credential: VerifiedCredential;
}

async function save(
  tx: PoolClient,
  org: Org,
  enrollment: Enrollment,
  { serial, version, pin, credential: { aaguid, credentialId, publicKey } }: Programmed,
): Promise<void> {
  const taken = await tx.query('select from enrollment where credential_id = $1', [credentialId]);
  if (taken.rowCount !== 0)
    toOktaError(new ResponseRefused('webAuthnCredResponse', 'The credential is already registered.'));
  await tx.query(
    `update enrollment set status = 'ACTIVE', sealed_pin = $2, credential_id = $3, public_key = $4, aaguid = $5,
       serial = $6, firmware = $7, authenticator_name = 'YubiKey', sealed_response_keys = null, last_updated = $8
     where id = $1`,
    [enrollment.id, org.sealing.seal(pin), credentialId, publicKey, aaguid, serial, version, org.now()],
  );
}
