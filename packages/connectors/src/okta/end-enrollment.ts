import { segment } from '../http/segment.ts';
import type { OktaSdk } from './connect-sdk.ts';

/** Removes the enrollment from the user. */
export async function deleteEnrollment(
  { preregistration }: OktaSdk,
  userId: string,
  enrollmentId: string,
): Promise<void> {
  await preregistration.deleteWebAuthnPreregistrationFactor(named(userId, enrollmentId));
}

/** Leaves the enrollment with the user, with the status FULFILLMENT_ERRORED. */
export async function markEnrollmentError(
  { preregistration }: OktaSdk,
  userId: string,
  enrollmentId: string,
): Promise<void> {
  await preregistration.assignFulfillmentErrorWebAuthnPreregistrationFactor(named(userId, enrollmentId));
}

function named(userId: string, enrollmentId: string): { userId: string; authenticatorEnrollmentId: string } {
  return { userId: segment('okta', userId), authenticatorEnrollmentId: segment('okta', enrollmentId) };
}
