import { OktaError } from '../http/errors.ts';
import type { Queryable } from '../store/database.ts';
import { findUser, type User } from '../users/user.ts';

/** The user to register a key for. @throws OktaError 404, or 403 if DEPROVISIONED */
export async function findSubject(db: Queryable, userId: string): Promise<User> {
  const user = await findUser(db, userId);
  if (user.status === 'DEPROVISIONED') throw new OktaError('E0000038');
  return user;
}
