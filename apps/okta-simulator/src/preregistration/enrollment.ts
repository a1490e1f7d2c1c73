import { z } from 'zod';

import { notFound } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';
import type { Principal } from '../system-log/log-event.ts';

/** The provider's name: the only value of Okta's enum. */
export const fulfillmentProviderSchema = z.literal('yubico');

export const enrollmentSchema = z.object({
  id: z.string(),
  user_id: z.string(),
  /** The first two are not in Okta's published enum, but live orgs return them. */
  status: z.enum(['FULFILLMENT_PENDING', 'FULFILLMENT_ERRORED', 'ACTIVE']),
  rp_id: z.string(),
  challenge: z.string(),
  challenge_expires: z.date(),
  request_id: z.string(),
  key_id: z.string(),
  sealed_response_keys: z.string().nullable(),
  sealed_pin: z.string().nullable(),
  credential_id: z.string().nullable(),
  authenticator_name: z.string().nullable(),
  created: z.date(),
  last_updated: z.date(),
});

export type Enrollment = z.infer<typeof enrollmentSchema>;

const privateJwkSchema = z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-384'), d: z.string() });

/** The private response keys, which the provider encrypts to; stored sealed, and deleted on activation. */
export const responseKeysSchema = z.strictObject({ pin: privateJwkSchema, credential: privateJwkSchema });

export type ResponseKeys = z.infer<typeof responseKeysSchema>;

/** The user's enrollment, locked. @throws OktaError 404 */
export async function findEnrollment(db: Queryable, userId: string, id: string): Promise<Enrollment> {
  const [enrollment] = await select(db, enrollmentSchema, {
    text: 'select * from enrollment where id = $1 and user_id = $2 for no key update',
    values: [id, userId],
  });
  if (enrollment === undefined) throw notFound(id, 'AuthenticatorEnrollment');
  return enrollment;
}

/** The enrollment in the format of the list; `fulfillmentProvider` is in Okta's example but not in its schema. */
export function presentEnrollment(origin: string, enrollment: Enrollment): Record<string, unknown> {
  const self = `${origin}/webauthn-registration/api/v1/users/${enrollment.user_id}/enrollments/${enrollment.id}`;
  const active = enrollment.status === 'ACTIVE';
  return {
    id: enrollment.id,
    factorType: 'webauthn',
    provider: 'FIDO',
    vendorName: 'FIDO',
    fulfillmentProvider: 'yubico',
    status: enrollment.status,
    created: enrollment.created.toISOString(),
    lastUpdated: enrollment.last_updated.toISOString(),
    profile: {
      ...(active ? { credentialId: enrollment.credential_id, authenticatorName: enrollment.authenticator_name } : {}),
      presetPinAvailable: active && enrollment.sealed_pin !== null,
    },
    _links: { self: { href: self, hints: { allow: ['DELETE'] } } },
  };
}

/** The enrollment as a target of a log event. */
export const enrollmentTarget = (
  enrollment: Pick<Enrollment, 'id'>,
  detailEntry: Record<string, unknown> | null = null,
): Principal => ({
  id: enrollment.id,
  type: 'AuthenticatorEnrollment',
  alternateId: 'unknown',
  displayName: 'FIDO2 (WebAuthn)',
  detailEntry,
});
