import type { DirectoryCondition } from '@keycourier/journey/requests/consequence';

import { findPersonRow, sharing, type Reading } from './find-person.ts';

/**
 * Whether what is about to be done for a person still applies. Their row stays as it is until the transaction ends, so what a
 * client writes next is decided about afterwards.
 */
export async function isConditionMet(
  reading: Reading,
  tenant: string,
  condition: DirectoryCondition,
): Promise<boolean> {
  const { userId, login } = condition.is === 'active' ? { userId: null, login: null } : condition;
  const { personId } = condition;
  const person = await findPersonRow({ ...reading, lock: sharing }, tenant, { personId, userId, login });
  if (condition.is === 'active') return person?.active === true;
  // Another one with the same user name or Okta id: the deleted person was created again.
  if (person?.id !== personId) return person?.active !== true;
  return !person.active && (person.deactivatedAt ?? condition.since) <= condition.since;
}
