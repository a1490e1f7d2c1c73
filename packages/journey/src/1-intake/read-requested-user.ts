import type { SeenUser } from '../model/seen-user.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';

export interface RequestedUser {
  /** Null where our credentials may not read the user: the shipment's check holds it, where an operator sees it. */
  login: string | null;
  /** Absent there. */
  seen?: SeenUser;
}

/** @returns null where Okta has no such user */
export async function readRequestedUser(
  context: Context,
  { tenant, userId }: { tenant: string; userId: string },
): Promise<RequestedUser | null> {
  const at = context.now();
  const read = async (): Promise<RequestedUser | null> => {
    const user = await context.identity.readUser(tenant, userId);
    return user === null ? null : { login: user.login, seen: { user, at } };
  };
  return unlessForbidden(read, { login: null });
}

/** Whether the user is in the group, or may be: the shipment's check reads the membership again. */
export async function mayBeMember(
  context: Context,
  { tenant, groupId, userId }: { tenant: string; groupId: string; userId: string },
): Promise<boolean> {
  return unlessForbidden(() => context.identity.isMember(tenant, groupId, userId), true);
}

export async function unlessForbidden<Value>(read: () => Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConnectorError && error.fault === 'forbidden') return otherwise;
    throw error;
  }
}
