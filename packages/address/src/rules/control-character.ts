import { fail, type Rule } from '../reading.ts';

const control = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const controlButLineBreak = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A control, formatting or half character is a problem, not something to strip: nobody saw it being typed. Only a street has lines. */
export const controlCharacter: Rule = (reading) => {
  const visible = reading.value.replace(reading.field === 'streetAddress' ? controlButLineBreak : control, '');
  // The rules after this one judge what is visible, so that every problem is found at once.
  return visible === reading.value ? reading : fail({ ...reading, value: visible }, 'control_character');
};
