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
    .option('--no-user-name-rules', 'no rules for user names');

/** What is set of them. The rules for user names are replaced as a whole. */
export function optionsIn(flags: ConnectionFlags): object {
  const { sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart } = flags;
  const rules = rulesIn(flags);
  return { sendEnrollmentMails, includeManual, readAll, takeOverByLocalPart, ...rules };
}

function rulesIn({ startsWithLetter, maxLength, otherCharacters, userNameRules }: ConnectionFlags): object {
  if (userNameRules === false) return { userNameRules: {} };
  const isSet = startsWithLetter !== undefined || maxLength !== undefined || otherCharacters !== undefined;
  return isSet ? { userNameRules: { startsWithLetter, maxLength, otherCharacters } } : {};
}
