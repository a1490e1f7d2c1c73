import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { causeOf, readCause } from './cause.ts';

const phone = { field: 'primaryPhone', code: 'missing' };
const zip = { field: 'zipCode', code: 'not_in_country' };

test('the same problems in another order, or twice, are the same cause', () => {
  const cause = causeOf({ code: 'profile_problems', problems: [zip, phone] });
  expect(cause).toBe('profile_problems primaryPhone/missing zipCode/not_in_country');
  expect(causeOf({ code: 'profile_problems', problems: [phone, zip, phone] })).toBe(cause);
  expect(causeOf({ code: 'order_refused', problems: [phone, zip] })).not.toBe(cause);
  expect(causeOf({ code: 'parcel_lost', problems: [] })).toBe('parcel_lost');
});

test('a cause is read as it was made, also with any text as the name of a field', () => {
  const text = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' });
  const problem = fc.record({ field: text, code: text });
  fc.assert(
    fc.property(fc.array(problem, { maxLength: 3 }), (problems) => {
      const { code, problems: read } = readCause(causeOf({ code: 'order_refused', problems }));
      expect(code).toBe('order_refused');
      expect(new Set(read.map((one) => JSON.stringify(one)))).toEqual(
        new Set(problems.map(({ field, code: problemCode }) => JSON.stringify({ field, code: problemCode }))),
      );
    }),
  );
});

test('a cause of very many problems is cut off, and read without the part that is not whole', () => {
  const problems = Array.from({ length: 100 }, (_, index) => ({ field: `field${index + 100}`, code: 'missing' }));
  const cause = causeOf({ code: 'profile_problems', problems });
  expect(cause).toHaveLength(500);
  const { problems: read } = readCause(cause);
  expect(read.length).toBeGreaterThan(20);
  for (const problem of read) expect(problems).toContainEqual(problem);
  expect(readCause('order_refused 100%/x')).toEqual({
    code: 'order_refused',
    problems: [{ field: '100%', code: 'x' }],
  });
});
