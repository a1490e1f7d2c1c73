import type { OktaSdk } from './connect-sdk.ts';

/** Okta mails the PIN to an address of its own choice; calling again mails it again. */
export async function sendPin(
  { preregistration }: OktaSdk,
  userId: string,
  authenticatorEnrollmentId: string,
): Promise<void> {
  await preregistration.sendPin({ body: { userId, fulfillmentProvider: 'yubico', authenticatorEnrollmentId } });
}
