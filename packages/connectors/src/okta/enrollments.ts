import { fulfillmentProvider } from '@keycourier/journey/ports/fulfillment';
import type { Enrollment, IdentityPort } from '@keycourier/journey/ports/identity';

import { segment } from '../http/segment.ts';
import type { OktaSdk } from './connect-sdk.ts';
import { enrollmentSchema, enrollSchema } from './schema.ts';

/** The FULFILLMENT_… statuses appear in live orgs, though Okta's OpenAPI document does not list them. */
const statuses: ReadonlyMap<string | null | undefined, Enrollment['status']> = new Map([
  ['FULFILLMENT_PENDING', 'pending'],
  ['FULFILLMENT_ERRORED', 'failed'],
  ['ACTIVE', 'active'],
]);

/** Every enrollment of the user that came from preregistration, page by page. One that cannot be parsed fails the list. */
export async function listEnrollments({ preregistration }: OktaSdk, userId: string): Promise<readonly Enrollment[]> {
  const found: Enrollment[] = [];
  const factors = await preregistration.listWebAuthnPreregistrationFactors({ userId: segment('okta', userId) });
  for await (const factor of factors) if (factor !== null) found.push(toEnrollment(factor));
  return found;
}

function toEnrollment(factor: unknown): Enrollment {
  const { id, status, created } = enrollmentSchema.parse(factor);
  return { id, status: statuses.get(status) ?? 'other', createdAt: created ?? null };
}

/** Creates a pending enrollment for one RP ID and one transport key. Not idempotent: every call creates another. */
export async function enroll(
  { preregistration }: OktaSdk,
  { userId, transportKey, rpId }: Parameters<IdentityPort['enroll']>[1] & { rpId: string },
): ReturnType<IdentityPort['enroll']> {
  const { kty, crv, use, kid, x, y } = transportKey;
  const answer = await preregistration.enrollPreregistrationEnrollment({
    body: {
      userId,
      fulfillmentProvider,
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

/** Removes the enrollment from the user. */
export async function deleteEnrollment({ preregistration }: OktaSdk, userId: string, id: string): Promise<void> {
  await preregistration.deleteWebAuthnPreregistrationFactor(pathOf(userId, id));
}

/** Leaves the enrollment with the user, in the status FULFILLMENT_ERRORED. */
export async function markEnrollmentError({ preregistration }: OktaSdk, userId: string, id: string): Promise<void> {
  await preregistration.assignFulfillmentErrorWebAuthnPreregistrationFactor(pathOf(userId, id));
}

/** Okta mails the PIN to an address of its own choice; calling again mails it again. */
export async function sendPin({ preregistration }: OktaSdk, userId: string, id: string): Promise<void> {
  await preregistration.sendPin({ body: { userId, fulfillmentProvider, authenticatorEnrollmentId: id } });
}

function pathOf(userId: string, enrollmentId: string): { userId: string; authenticatorEnrollmentId: string } {
  return { userId: segment('okta', userId), authenticatorEnrollmentId: segment('okta', enrollmentId) };
}
