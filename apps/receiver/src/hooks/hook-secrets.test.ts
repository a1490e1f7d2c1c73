import { describe, expect, test } from '@jest/globals';

import { createHookSecretCheck } from './hook-secrets.ts';

const isHookSecret = createHookSecretCheck({ acme: ['the-old-one', 'the-new-one'], globex: ['only-one'] });

describe('a hook secret', () => {
  test.each([
    ['acme', 'the-old-one'],
    ['acme', 'the-new-one'],
    ['globex', 'only-one'],
  ])('of %s is known', (tenant, authorization) => {
    expect(isHookSecret(tenant, authorization)).toBe(true);
  });

  test.each([
    ['acme', 'the-old-onf'],
    ['acme', 'the-old-one '],
    ['acme', 'the-old'],
    ['acme', ''],
    ['acme', undefined],
    ['acme', 'only-one'],
    ['globex', 'the-old-one'],
    ['unknown', 'the-old-one'],
    ['unknown', undefined],
    ['__proto__', 'the-old-one'],
  ])('of %s is not %p', (tenant, authorization) => {
    expect(isHookSecret(tenant, authorization)).toBe(false);
  });

  test('may hold bytes beyond ASCII, sent as UTF-8', () => {
    const sent = Buffer.from('clé', 'utf8').toString('latin1');
    expect(createHookSecretCheck({ acme: ['clé'] })('acme', sent)).toBe(true);
  });
});
