import type { UserNameRules } from '../connections/connection.ts';
import { invalidValue, type Refusal } from '../refusal.ts';
import type { Origin } from '../scope.ts';

/** Checks a new user name by its connection's rules; null where it keeps them all. */
export function checkUserName(origin: Origin, userName: string): Refusal | null {
  const rule = origin.kind === 'connection' ? brokenRule(origin.connection.userNameRules, userName) : null;
  return rule === null
    ? null
    : invalidValue(
        'user_name_rule',
        `userName ${rule}, by this connection's rules for user names: map another value, or change the rules.`,
      );
}

function brokenRule({ startsWithLetter, maxLength, otherCharacters }: UserNameRules, userName: string): string | null {
  if (startsWithLetter === true && !/^\p{L}/u.test(userName)) return 'has to start with a letter';
  if (maxLength !== undefined && Array.from(userName).length > maxLength)
    return `has to have at most ${maxLength} characters`;
  if (otherCharacters === undefined) return null;
  const isAllowed = Array.from(userName).every((one) => /^[\p{L}\p{N}]$/u.test(one) || otherCharacters.includes(one));
  if (isAllowed) return null;
  return otherCharacters === ''
    ? 'has to have letters and digits alone'
    : `has to have no other characters than letters, digits and ${otherCharacters}`;
}
