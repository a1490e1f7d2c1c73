import { readdir, readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import { addressProblemCodes } from '@keycourier/address/problem';
import { profileFields } from '@keycourier/journey/model/shipment';
import type { ConnectorFault } from '@keycourier/journey/ports/errors';

import { describeProblem } from './describe-problem.ts';
import { holdWords } from './hold-words.ts';
import { problemWords } from './problem-words.ts';
import { refusalWords } from './refusal-words.ts';
import { requestWords } from './request-words.ts';

const fallback = describeProblem({ field: 'x', code: 'y' })
  .message.replace(/"[xy]"/g, '')
  .slice(0, 12);
const isSentence = /^["A-Za-z].{15,}[.]$/;

describe('the words', () => {
  test('are there for every problem that a room puts on a shipment', async () => {
    const journey = new URL('../../../../packages/journey/src/', import.meta.url);
    const files = (await readdir(journey, { recursive: true })).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
    );
    const text = (await Promise.all(files.map((name) => readFile(new URL(name, journey), 'utf8')))).join('\n');
    const problems = [...text.matchAll(/\{ field(?:: ([^,\n]*))?, code: '(\w+)'/g)].map(
      ([, named = '', code = '']) => ({ field: /'(\w+)'/.exec(named)?.[1] ?? 'city', code }),
    );
    const codes = new Set(problems.map(({ code }) => code));
    for (const code of ['provider_suggests_another', 'undeliverable', 'transit_too_long', 'not_a_member'])
      expect(codes).toContain(code);
    expect(codes.size).toBeGreaterThan(12);
    const wordless = problems.filter(({ field, code }) =>
      describeProblem({ field, code }).message.includes(`"${code}"`),
    );
    expect(wordless).toEqual([]);
  });

  test('are there for every way that a service may fail', () => {
    const faults: Readonly<Record<ConnectorFault, true>> = {
      unreachable: true,
      outcome_unknown: true,
      rate_limited: true,
      unauthorized: true,
      refused: true,
      not_found: true,
    };
    for (const code of Object.keys(faults))
      expect(problemWords).toHaveProperty(code, expect.stringMatching(isSentence));
  });

  test('of an address problem are those of the address rules', () => {
    for (const field of profileFields)
      for (const code of addressProblemCodes) expect(describeProblem({ field, code }).message).toMatch(isSentence);
  });

  test.each([
    [{ field: 'order', code: 'provider_state_107' }, /state 107/],
    [{ field: 'okta', code: 'http_400' }, /"okta".*400/],
    [{ field: 'pinResponseJwe', code: 'E0000001' }, /"pinResponseJwe".*"E0000001"/],
    [{ field: 'mailing_address.zip', code: 'constructor' }, /"mailing_address.zip".*"constructor"/],
  ])('of %j name what is known', (problem, words) => {
    expect(describeProblem(problem)).toEqual({ ...problem, message: expect.stringMatching(words) });
  });

  test('are sentences', () => {
    const requests = Object.values(requestWords).map((words) => words('field'));
    for (const words of [
      ...Object.values(holdWords),
      ...Object.values(problemWords),
      ...Object.values(refusalWords),
      ...requests,
    ])
      expect(words).toMatch(isSentence);
    expect(fallback).not.toBe('');
  });
});
