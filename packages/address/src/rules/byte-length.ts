import { isWithin, type LimitedField } from '../limits.ts';
import { fail, type Rule } from '../reading.ts';

/** What the provider would refuse or cut is a problem: nothing is cut here. */
export const byteLength =
  (field: LimitedField): Rule =>
  (reading) =>
    isWithin(field, reading.value) ? reading : fail(reading, 'too_long');
