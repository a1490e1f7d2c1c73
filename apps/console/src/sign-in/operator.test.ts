import { describe, expect, test } from '@jest/globals';

import { includesRole, roleIn, roleInAll, tenantsOf, type Grant } from './operator.ts';

const withGrants = (...grants: Grant[]) => ({ grants });

describe('the role in a tenant', () => {
  const grace = withGrants(
    { tenant: 'acme', role: 'viewer' },
    { tenant: 'acme', role: 'admin' },
    { tenant: 'globex', role: 'operator' },
  );

  test('is the highest of those granted there', () => {
    expect([roleIn(grace, 'acme'), roleIn(grace, 'globex')]).toEqual(['admin', 'operator']);
  });

  test('is null where none is granted, and in all tenants together', () => {
    expect([roleIn(grace, 'initech'), roleInAll(grace), roleIn(withGrants(), 'acme')]).toEqual([null, null, null]);
  });

  test('is at least the one that is granted in all', () => {
    const ada = withGrants({ tenant: '*', role: 'operator' }, { tenant: 'acme', role: 'viewer' });
    expect([roleIn(ada, 'acme'), roleIn(ada, 'anything'), roleInAll(ada)]).toEqual([
      'operator',
      'operator',
      'operator',
    ]);
  });

  test('decides which tenants exist for the operator', () => {
    expect(tenantsOf(grace, ['globex', 'initech', 'acme'])).toEqual(['globex', 'acme']);
    expect(tenantsOf(withGrants({ tenant: '*', role: 'viewer' }), ['globex', 'acme'])).toEqual(['globex', 'acme']);
  });
});

test.each([
  [null, 'viewer', false],
  ['viewer', 'viewer', true],
  ['viewer', 'operator', false],
  ['operator', 'viewer', true],
  ['admin', 'operator', true],
  ['operator', 'admin', false],
] as const)('%s includes %s: %s', (role, needed, expected) => expect(includesRole(role, needed)).toBe(expected));
