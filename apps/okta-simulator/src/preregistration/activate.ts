import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { changeHandler } from '../http/change-handler.ts';
import { OktaError } from '../http/errors.ts';
import { parseBody } from '../http/handler.ts';
import { userTarget } from '../users/user.ts';
import { decryptCredential, type VerifiedCredential } from './decrypt-credential.ts';
import { decryptPin } from './decrypt-pin.ts';
import { ResponseRefused } from './decrypt-response.ts';
import {
  enrollmentTarget,
  findEnrollment,
  fulfillmentProviderSchema,
  responseKeysSchema,
  type Enrollment,
} from './enrollment.ts';
import { findSubject } from './find-subject.ts';

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
 * `POST …/activate`: the factor becomes ACTIVE only if PIN and credential can be decrypted, are signed by the provider,
 * belong to this enrollment, are fresh, and are a valid WebAuthn registration. Otherwise 400 E0000001.
 */
export const activate = changeHandler(async ({ org, request, tx, record }) => {
  const body = parseBody(bodySchema, request.body, 'enrollmentActivationRequest');
  const [response] = body.credResponses;
  const enrollmentId = response?.authenticatorEnrollmentId ?? '';
  const user = await findSubject(tx, body.userId);
  const enrollment = await findEnrollment(tx, user.id, enrollmentId);
  const responses = { ...body, credResponseJwe: response?.credResponseJwe ?? '' };
  const { pin, credential } = await verify(org, enrollment, responses).catch(toOktaError);
  await save(tx, org, { ...body, enrollment, pin, credential });
  const detail = { factorType: 'FIDO_WEBAUTHN', fulfillmentProvider: 'yubico', aaguid: credential.aaguid };
  await record({ type: 'user.mfa.factor.activate', targets: [userTarget(user), enrollmentTarget(enrollment, detail)] });
  return {
    status: 200,
    body: { userId: body.userId, fulfillmentProvider: 'yubico', authenticatorEnrollmentIds: [enrollmentId] },
  };
});

async function verify(
  org: Org,
  enrollment: Enrollment,
  { pinResponseJwe, credResponseJwe, serial, version, yubicoSigningJwks: signers }: Body & { credResponseJwe: string },
): Promise<{ pin: string; credential: VerifiedCredential }> {
  if (enrollment.status === 'ACTIVE' || enrollment.sealed_response_keys === null)
    throw new ResponseRefused('webAuthnCredResponse', 'The enrollment is already active.');
  const keys = responseKeysSchema.parse(JSON.parse(org.sealing.unseal(enrollment.sealed_response_keys)));
  const pin = await decryptPin(enrollment, keys, { pinResponseJwe, serial, signers });
  const response = { credResponseJwe, serial, version, signers, now: org.now() };
  return { pin, credential: await decryptCredential(enrollment, keys, response) };
}

/** The cause is one object, as in the examples of Okta's OpenAPI document. */
function toOktaError(error: unknown): never {
  if (!(error instanceof ResponseRefused)) throw error;
  throw new OktaError('E0000001', { about: error.part, causes: error.message, cause: error });
}

interface ProgrammedKey extends Pick<Body, 'serial' | 'version'> {
  enrollment: Enrollment;
  pin: string;
  credential: VerifiedCredential;
}

async function save(
  tx: PoolClient,
  org: Org,
  { enrollment, serial, version, pin, credential: { aaguid, credentialId, publicKey } }: ProgrammedKey,
): Promise<void> {
  const existing = await tx.query('select from enrollment where credential_id = $1', [credentialId]);
  if (existing.rowCount !== 0)
    toOktaError(new ResponseRefused('webAuthnCredResponse', 'The credential is already registered.'));
  await tx.query(
    `update enrollment set status = 'ACTIVE', sealed_pin = $2, credential_id = $3, public_key = $4, aaguid = $5,
       serial = $6, firmware = $7, authenticator_name = 'YubiKey', sealed_response_keys = null, last_updated = $8
     where id = $1`,
    [enrollment.id, org.sealing.seal(pin), credentialId, publicKey, aaguid, serial, version, org.now()],
  );
}
