import { findPhoneNumbersInText } from 'libphonenumber-js/max';

import { dialled, homeOf } from '../rules/phone-number.ts';
import type { Loss } from './candidates.ts';

/** The numbers that stand among words, or beside one another, in their order. */
export const findPhoneNumber: Loss = (value, place) =>
  findPhoneNumbersInText(value, homeOf(place))
    .filter(({ startsAt, endsAt }) => !isPart(value.slice(0, startsAt), value.slice(endsAt)))
    .map(({ number }) => dialled(number));

/** Digits that only a space or a dash parts from others are half a number, which calls somebody else. */
const isPart = (before: string, after: string): boolean => /\d[ ().-]*$/.test(before) || /^[ ().-]*\d/.test(after);
