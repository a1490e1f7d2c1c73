import { InvalidArgumentError, type Command } from 'commander';

import { parseInteger } from './option-parsers.ts';

function onOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new InvalidArgumentError('It must be on or off.');
}

export interface ConnectionFlags {
  sendEnrollmentMails?: boolean;
  includeManual?: boolean;
  readAll?: boolean;
  takeOverByLocalPart?: boolean;
  startsWithLetter?: boolean;
  maxLength?: number;
  otherCharacters?: string;
  userNameRules?: boolean;
}

/** The options of a connection, for create and update. */
export const addOptions = (command: Command): Command =>
  command
    .option('--send-enrollment-mails <on|off>', 'one mail to each person who is new by sync', onOff)
    .option(
      '--include-manual <on|off>',
      'writes take over what was entered by hand; switch on before --read-all',
      onOff,
    )
    .option('--read-all <on|off>', 'read all users, and take over by a write that changes something', onOff)
    .option('--take-over-by-local-part <on|off>', 'match existing users by the part before the @', onOff)
    .option('--starts-with-letter <on|off>', 'rule for new user names', onOff)
    .option('--max-length <characters>', 'rule for new user names', parseInteger(1, 256))
    .option('--other-characters <text>', 'rule for new user names: allowed beside letters and digits')
    .option('--no-user-name-rules', 'no rules for user names; else those that are not named stay');

type UserNameRules = {
  [Rule in 'startsWithLetter' | 'maxLength' | 'otherCharacters']?: ConnectionFlags[Rule] | undefined;
};

/** Whether some rules are set, and the others are to stay what they are. */
export const areRulesSet = ({
  startsWithLetter,
  maxLength,
  otherCharacters,
  userNameRules,
}: ConnectionFlags): boolean =>
  userNameRules !== false && [startsWithLetter, maxLength, otherCharacters].some((rule) => rule !== undefined);

/** What is set of them; the API replaces the rules for user names as a whole, so the `former` ones are sent with them. */
export function optionsIn(flags: ConnectionFlags, former: UserNameRules = {}): object {
  const { sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart } = flags;
  const options = { sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart };
  if (flags.userNameRules === false) return { ...options, userNameRules: {} };
  return areRulesSet(flags) ? { ...options, userNameRules: rulesIn(flags, former) } : options;
}

const rulesIn = (set: UserNameRules, former: UserNameRules): UserNameRules => ({
  ...former,
  ...(set.startsWithLetter !== undefined && { startsWithLetter: set.startsWithLetter }),
  ...(set.maxLength !== undefined && { maxLength: set.maxLength }),
  ...(set.otherCharacters !== undefined && { otherCharacters: set.otherCharacters }),
});
