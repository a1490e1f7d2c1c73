import fc, { type Arbitrary } from 'fast-check';

import { hostileText } from './hostile-values.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

export const attribute = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(
      'userName',
      'EMAILS.value',
      'emails',
      'name.familyName',
      'active',
      'meta.created',
      'externalId',
      'displayName',
      'members',
      'members.value',
      'groups.value',
      'password',
      'id',
      'aliases.value',
      'x509Certificates.value',
      `${enterprise}:employeeNumber`,
      'urn:ietf:params:scim:schemas:core:2.0:User:title',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '__proto__',
      '__proto__.x',
      'constructor.prototype',
      'emails.__proto__',
      'a.b.c',
      'urn:',
      'toString',
      '',
    ),
  },
  { weight: 1, arbitrary: hostileText },
);

const operand = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '"ada"',
      '"work"',
      'true',
      'false',
      'null',
      '7',
      '"2020-01-01T00:00:00Z"',
      '"2020-99-99"',
      'ada',
      '""',
    ),
  },
  { weight: 1, arbitrary: hostileText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: hostileText },
);

const term = fc
  .tuple(attribute, fc.constantFrom('eq', 'NE', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'is', 'eq '), operand)
  .map(([name, operator, value]) => (operator === 'pr' ? `${name} pr` : `${name} ${operator} ${value}`));

const nested = (open: string, middle: string, close: string) =>
  fc.nat({ max: 3_000 }).map((count) => open.repeat(count) + middle + close.repeat(count));

export const filter: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: term },
  {
    weight: 4,
    arbitrary: fc.tuple(term, fc.constantFrom(' and ', ' OR ', ' and not (', ''), term).map((parts) => parts.join('')),
  },
  { weight: 2, arbitrary: fc.tuple(attribute, term).map(([name, inner]) => `${name}[${inner}]`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(attribute, term, term)
      .map(([name, inner, last]) => `not (${name}[${inner}].value eq "x") or (${last})`),
  },
  { weight: 1, arbitrary: nested('(', 'id pr', ')') },
  { weight: 1, arbitrary: nested('not (', 'id pr', ')') },
  { weight: 1, arbitrary: nested('emails[', 'type pr', ']') },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: 300 })
      .map((count) => Array.from({ length: count }, (_, one) => `(userName eq "${one}" or id pr)`).join(' and ')),
  },
  { weight: 1, arbitrary: hostileText },
);

export const path: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: attribute },
  {
    weight: 3,
    arbitrary: fc
      .tuple(attribute, term, fc.constantFrom('', '.value', '.__proto__', '.a.b'))
      .map(([name, inner, tail]) => `${name}[${inner}]${tail}`),
  },
  { weight: 1, arbitrary: filter },
);
