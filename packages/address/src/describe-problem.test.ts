import { describe, expect, test } from '@jest/globals';
import { profileFields } from '@keycourier/journey/model/profile';

import { describeProblem, isAddressProblem } from './describe-problem.ts';
import { addressProblemCodes } from './problem.ts';

const every = profileFields.flatMap((field) => addressProblemCodes.map((code) => ({ field, code })));

describe('the description of a problem', () => {
  test.each(every)('$field $code is one sentence that names the attribute', (problem) => {
    const sentence = describeProblem(problem);
    expect(sentence).toContain(`(${problem.field})`);
    expect(sentence).toMatch(/^The [^.]+: [^.]+\.$/);
  });

  test('names the limit where there is one', () => {
    expect(describeProblem({ field: 'lastName', code: 'too_long' })).toContain('20 bytes');
    expect(describeProblem({ field: 'streetAddress', code: 'too_long' })).toContain('two lines of 60 bytes');
  });
});

describe('a problem of another package', () => {
  test('is one of this package only when both its field and its code are', () => {
    expect(isAddressProblem({ field: 'city', code: 'missing' })).toBe(true);
    expect(isAddressProblem({ field: 'city', code: 'out_of_stock' })).toBe(false);
    expect(isAddressProblem({ field: 'toString', code: 'missing' })).toBe(false);
  });
});
