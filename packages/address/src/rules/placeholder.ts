import { become, type Rule } from '../reading.ts';

/** A value without a letter or a digit, such as a lone dash, stands for "nothing" and is read so. */
export const placeholder: Rule = (reading) =>
  /[\p{L}\p{N}]/u.test(reading.value) ? reading : become(reading, '', 'placeholder_removed');
