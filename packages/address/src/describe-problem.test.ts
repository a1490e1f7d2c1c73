import { describe, expect, test } from '@jest/globals';
import { profileFields } from '@keycourier/journey/model/shipment';

import { describeProblem, isAddressProblem } from './describe-problem.ts';
import { addressProblemCodes } from './problem.ts';

const every = profileFields.flatMap((field) => addressProblemCodes.map((code) => ({ field, code })));

describe('a problem in words', () => {
  test.each(every)('$field $code is one sentence that names the attribute', (problem) => {
    const sentence = describeProblem(problem);
    expect(sentence).toContain(`(${problem.field})`);
    expect(sentence).toMatch(/^The [^.]+: [^.]+\.$/);
  });

  test('a limit is told where there is one', () => {
    expect(describeProblem({ field: 'lastName', code: 'too_long' })).toContain('20 bytes');
    expect(describeProblem({ field: 'streetAddress', code: 'too_long' })).toContain('two lines of 60 bytes');
  });
});

describe('a problem that came from elsewhere', () => {
  test('is one of ours when both field and code are', () => {
    expect(isAddressProblem({ field: 'city', code: 'missing' })).toBe(true);
    expect(isAddressProblem({ field: 'city', code: 'out_of_stock' })).toBe(false);
    expect(isAddressProblem({ field: 'toString', code: 'missing' })).toBe(false);
  });
});
