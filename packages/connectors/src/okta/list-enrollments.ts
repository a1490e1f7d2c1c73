import type { Enrollment } from '@keycourier/journey/ports/identity';

import { segment } from '../http/segment.ts';
import type { OktaSdk } from './connect-sdk.ts';
import { enrollmentSchema } from './schema.ts';

/** Every enrollment of the user that came from preregistration, page by page. One that cannot be read fails the list. */
export async function listEnrollments({ preregistration }: OktaSdk, userId: string): Promise<readonly Enrollment[]> {
  const found: Enrollment[] = [];
  const factors = await preregistration.listWebAuthnPreregistrationFactors({ userId: segment('okta', userId) });
  for await (const factor of factors) {
    if (factor === null) continue;
    const { id, status, created } = enrollmentSchema.parse(factor);
    found.push({ id, status: status ?? 'UNKNOWN', createdAt: created ?? null });
  }
  return found;
}
