import { z } from 'zod';

import { enrolledSchema, type Enrolled, type Provider } from './provider.ts';
import { bodyOf, type Reply, type RunningOrg } from './running-org.ts';

export const api = '/webauthn-registration/api/v1';

export async function enroll(org: RunningOrg, provider: Provider, userId: string): Promise<Enrolled> {
  const reply = await org.call('POST', `${api}/enroll`, {
    userId,
    fulfillmentProvider: 'yubico',
    enrollmentRpIds: ['acme.okta.example'],
    yubicoTransportKeyJWK: provider.transportJwk,
  });
  return bodyOf(enrolledSchema, reply);
}

export const enrollmentIdOf = (enrolled: Enrolled): string => enrolled.credRequests[0]?.authenticatorEnrollmentId ?? '';

const listSchema = z.array(
  z.looseObject({ id: z.string(), status: z.string(), profile: z.record(z.string(), z.unknown()) }),
);

/** The user's enrollments from the API. */
export async function listed(org: RunningOrg, userId: string): Promise<z.infer<typeof listSchema>> {
  return bodyOf(listSchema, await org.call('GET', `${api}/users/${userId}/enrollments`));
}

export function sendPin(org: RunningOrg, userId: string, authenticatorEnrollmentId: string): Promise<Reply> {
  const body = { userId, fulfillmentProvider: 'yubico', authenticatorEnrollmentId };
  return org.call('POST', `${api}/send-pin`, body);
}
