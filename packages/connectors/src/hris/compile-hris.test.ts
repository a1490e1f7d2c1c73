import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { faultOf } from '../testing/fault-of.ts';
import { oktaUser } from '../testing/hris-answers.ts';
import { compileHris } from './compile-hris.ts';
import type { CompiledHris } from './settings.ts';

const url = 'https://hris.example/people/{login}';

/** Only an expression that never ends meets the time limit: a stall would end any other by it. */
const compiled = (settings: Partial<Parameters<typeof compileHris>[0]>, timeoutMs = 60_000): CompiledHris => {
  const made = compileHris({ url, mapping: { city: 'city' }, ...settings }, { timeoutMs });
  if (made.outcome === 'unusable') throw new RangeError(made.why);
  return made.compiled;
};

describe('the URL', () => {
  const ada = oktaUser('ada@acme.example', { primaryPhone: '+1 415', firstName: 'Ada' });

  test.each([
    ['https://hris.example/people/{login}', 'https://hris.example/people/ada%40acme.example'],
    ['https://hris.example/v1/people?mail={email}&n=1', 'https://hris.example/v1/people?mail=ada%40acme.example&n=1'],
    ['http://127.0.0.1:9/{id}/{firstName}', 'http://127.0.0.1:9/00u1/Ada'],
    ['https://hris.example/?phone={primaryPhone}', 'https://hris.example/?phone=%2B1%20415'],
  ])('%s is %s', (template, expanded) => {
    expect(compiled({ url: template }).urlOf(ada)?.href).toBe(expanded);
  });

  test.each([
    ['https://hris.example/people', 'identifies no user: it needs a placeholder such as {login}'],
    ['https://hris.example/{login', 'has an unmatched brace'],
    ['https://hris.example/{{login}}', 'has an unmatched brace'],
    ['https://hris.example/{+login}', /^has \{\+login\}; the known ones are \{login\}, \{id\}, \{firstName\}/],
    ['https://hris.example/{employeeNumber}', /^has \{employeeNumber\};/],
    ['https://{login}.hris.example/', 'has a placeholder in the host name'],
    ['https://hris.example{login}', 'has a placeholder in the host name'],
    ['https://{login}@hris.example/', 'contains a user or a password; those belong in auth'],
    ['https://ada:pass@hris.example/{login}', 'contains a user or a password; those belong in auth'],
    ['https://hris.example/#{login}', 'has a fragment, which is never sent to a server'],
    ['hris.example/{login}', 'is not a URL'],
    ['file:///people/{login}', 'is neither https nor http'],
  ])('%s is refused', (template, why) => {
    expect(compileHris({ url: template, mapping: {} })).toEqual({
      outcome: 'unusable',
      field: 'url',
      why: typeof why === 'string' ? why : expect.stringMatching(why),
    });
  });

  test('of a user without a value that it needs is null', () => {
    expect(compiled({ url: 'https://hris.example/{secondEmail}' }).urlOf(ada)).toBeNull();
    expect(compiled({}).urlOf(oktaUser('..'))).toBeNull();
  });

  test('any login stays one segment of the path', () => {
    const { urlOf } = compiled({ url: 'https://hris.example/people/{login}/card' });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (login) => {
        const at = urlOf(oktaUser(login));
        if (at === null) return /^\.{0,2}$/.test(login);
        const [, people, segment = '', card, ...more] = at.pathname.split('/');
        expect([at.origin, people, card, more, at.search, at.hash]).toEqual([
          'https://hris.example',
          'people',
          'card',
          [],
          '',
          '',
        ]);
        return decodeURIComponent(segment) === login;
      }),
    );
  });
});

describe('the mapping', () => {
  test('an expression that cannot be parsed is named, with the position in it', () => {
    expect(compileHris({ url, mapping: { firstName: 'name', city: 'addresses[' } })).toEqual({
      outcome: 'unusable',
      field: 'mapping.city',
      why: expect.stringMatching(/^is not valid JSONata: .+ \(character \d+\)$/),
    });
  });

  test.each([
    ['text', 'Oslo', 'Oslo'],
    ['a number', 94_105, '94105'],
    ['zero', 0, '0'],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
    ['empty text', '', undefined],
    ['blanks', ' \n', undefined],
    ['a truth', true, undefined],
    ['an object', { name: 'Oslo' }, undefined],
    ['a list', ['Oslo', 'Bergen'], undefined],
    ['a list of one', ['Oslo'], undefined],
  ])('%s', async (_title, city, mapped) => {
    await expect(compiled({}).mapPerson({ city })).resolves.toEqual(mapped === undefined ? {} : { city: mapped });
  });

  test.each([null, [], 'text', 5])('an answer of another shape, %j, has no attributes', async (answer) => {
    await expect(compiled({}).mapPerson(answer)).resolves.toEqual({});
  });

  test.each([
    ['that never ends', '($again := function() { $again() }; $again())', 'D1012'],
    ['that goes too deep', '($deep := function($n) { 1 + $deep($n) }; $deep(1))', 'D1011'],
    ['that makes too much', '[1..100000]', 'D2015'],
    ['that does not fit the answer', '$uppercase(city)', 'T0410'],
    ['that throws', '$error("secret-value")', 'D3137'],
  ])('an expression %s is lost, and says no more than its code', async (_title, expression, code) => {
    const { mapPerson } = compiled({ mapping: { city: expression } }, code === 'D1012' ? 250 : undefined);
    const thrown = await faultOf(mapPerson({ city: 5 }));
    expect(thrown).toMatchObject({
      service: 'hris',
      fault: 'outcome_unknown',
      message: `the expression for city failed (${code})`,
    });
  });
});
