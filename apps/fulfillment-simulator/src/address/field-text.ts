import { z } from 'zod';

/** Control characters and halves of surrogate pairs fit on no label, and Postgres keeps neither. */
const isPrintable = (value: string): boolean =>
  !/\p{Cc}/u.test(value) && Buffer.from(value, 'utf8').toString('utf8') === value;

const printable = z.string('must be text').refine(isPrintable, 'has characters that cannot be printed');

/** A text that may be absent; it counts in UTF-8 bytes, so that a special character counts more than one (facts, section 3). */
export const optionalText = (maximumBytes: number) =>
  z.preprocess(
    (value) => value ?? '',
    printable.refine(
      (value) => Buffer.byteLength(value, 'utf8') <= maximumBytes,
      `is longer than ${maximumBytes} bytes`,
    ),
  );

export const requiredText = (maximumBytes: number) =>
  optionalText(maximumBytes).refine((value) => value.trim() !== '', 'is required');

/** A note of the customer's own, which is on no label and counts in characters. */
export const optionalNote = (maximumCharacters: number) =>
  z.preprocess(
    (value) => value ?? '',
    printable.refine((value) => value.length <= maximumCharacters, `is longer than ${maximumCharacters} characters`),
  );
