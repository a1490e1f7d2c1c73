import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { compileExpression, ExpressionError } from './expression.ts';

const cases = z
  .array(z.object({ expression: z.string(), value: z.unknown().optional(), refused: z.boolean().optional() }))
  .parse(JSON.parse(readFileSync(new URL('../../src/testing/expressions.json', import.meta.url), 'utf8')));

const profile = { login: 'ada.b@Acme.example', firstName: 'Ada', lastName: 'Byron', primaryPhone: '+1-555-514-1337' };

describe('an expression of a mapping', () => {
  test.each(cases.filter(({ refused }) => refused !== true))('$expression has its value', ({ expression, value }) => {
    expect(compileExpression(expression)(profile)).toEqual(value);
  });

  test.each(cases.filter(({ refused }) => refused === true))('$expression is refused', ({ expression }) => {
    expect(() => compileExpression(expression)).toThrow(ExpressionError);
  });
});
