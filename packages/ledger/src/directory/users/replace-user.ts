import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';

import type { Refusal } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { applyToPerson, type AppliedChange } from './apply-to-person.ts';
import { attributesOf } from './attributes.ts';
import { lockPerson, type PersonToLock } from './lock-person.ts';

/** PUT: attributes that the user has not are removed; `active` stays as it is where it is not written. */
export async function replaceUser(
  scope: Scope,
  toLock: PersonToLock,
  user: WrittenUser,
): Promise<AppliedChange | Refusal> {
  const locked = await lockPerson(scope, toLock);
  if (locked.outcome === 'refused') return locked;
  const change = { set: attributesOf(user), remove: { allBut: [] }, active: user.active };
  return applyToPerson(scope, locked.person, change);
}
