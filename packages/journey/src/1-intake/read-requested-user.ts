import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';

export interface RequestedUser {
  /** Null where our credentials may not read the user: the shipment's check holds it, and tells an operator. */
  login: string | null;
}

/** @returns null where Okta has no such user */
export async function readRequestedUser(
  context: Context,
  { tenant, userId }: { tenant: string; userId: string },
): Promise<RequestedUser | null> {
  try {
    return await context.identity.readUser(tenant, userId);
  } catch (error) {
    if (error instanceof ConnectorError && error.fault === 'forbidden') return { login: null };
    throw error;
  }
}
