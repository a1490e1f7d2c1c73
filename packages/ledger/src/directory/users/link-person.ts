import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';

import type { Refusal } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { applyToPerson } from './apply-to-person.ts';
import { attributesOf, readAttributes } from './attributes.ts';
import type { FoundPerson } from './find-existing.ts';
import type { StoredUser } from './read-user.ts';

export type CreatedUser =
  /** `user` is what a read of it finds now. */
  | { outcome: 'created'; id: string; user: StoredUser }
  /** `restored`: an inactive one of the origin's own; `linked`: one of another owner. Both keep their id. */
  | { outcome: 'restored' | 'linked'; id: string };

/**
 * Gives a person that exists the attributes of the new user that it is. The first contact of another client never changes
 * e-mail addresses that are there: an account that is taken over must not be reset by mail.
 */
export async function linkPerson(
  scope: Scope,
  { person }: FoundPerson,
  user: WrittenUser,
): Promise<CreatedUser | Refusal> {
  const isOwn = person.claim === 'own';
  const attributes = attributesOf(user);
  const hasEmails = !isOwn && (await readAttributes(scope, [person.id], ['emails'])).get(person.id)?.has('emails');
  const set = hasEmails ? new Map([...attributes].filter(([name]) => name !== 'emails')) : attributes;
  const applied = await applyToPerson(scope, person, {
    set,
    remove: { allBut: hasEmails ? ['emails'] : [] },
    active: user.active ?? true,
  });
  return applied.outcome === 'refused' ? applied : { outcome: isOwn ? 'restored' : 'linked', id: applied.id };
}
