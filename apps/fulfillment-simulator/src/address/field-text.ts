import { z } from 'zod';

/** Control characters and lone surrogates cannot be printed on a label, and Postgres cannot store them. */
const isPrintable = (value: string): boolean =>
  !/\p{Cc}/u.test(value) && Buffer.from(value, 'utf8').toString('utf8') === value;

const printable = z.string('must be text').refine(isPrintable, 'has characters that cannot be printed');

/** Optional text with a limit in UTF-8 bytes, as at Yubico: a special character counts more than one. */
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

/** A note of the customer. It is not printed on a label, so its limit is in characters. */
export const optionalNote = (maximumCharacters: number) =>
  z.preprocess(
    (value) => value ?? '',
    printable.refine((value) => value.length <= maximumCharacters, `is longer than ${maximumCharacters} characters`),
  );
