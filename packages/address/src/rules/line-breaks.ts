import type { Rule } from '../reading.ts';

/** Reads every kind of line break as one: directories write a street's lines with CR LF, forms with LF. */
export const lineBreaks: Rule = (reading) => ({
  ...reading,
  value: reading.value.replace(/\r\n|[\r\u2028\u2029]/g, '\n'),
});
