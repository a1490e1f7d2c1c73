import { describe, expect, test } from '@jest/globals';
import { parseEnvironment } from '@keycourier/runtime/environment';

import { environmentSchema } from './environment.ts';

const read = (variables: Readonly<Record<string, string>>) =>
  parseEnvironment(environmentSchema, { DATABASE_URL: 'postgres://db', ...variables });

describe('the environment', () => {
  test('limits each key to 600 requests a minute, all of a tenant to 1,800, and trusts proxies on loopback only', () => {
    expect(read({})).toMatchObject({
      KEYCOURIER_MODE: 'production',
      API_REQUESTS_PER_MINUTE: 600,
      API_TENANT_REQUESTS_PER_MINUTE: 1_800,
      API_FAILURES_PER_MINUTE: 60,
      API_TRUSTED_PROXIES: ['loopback'],
    });
  });

  test('has high limits in local, and trusts no proxy there', () => {
    expect(read({ KEYCOURIER_MODE: 'local' })).toMatchObject({
      API_REQUESTS_PER_MINUTE: 60_000,
      API_TENANT_REQUESTS_PER_MINUTE: 180_000,
      API_FAILURES_PER_MINUTE: 6_000,
      API_TRUSTED_PROXIES: [],
    });
    expect(read({ KEYCOURIER_MODE: 'local', API_REQUESTS_PER_MINUTE: '5' })).toMatchObject({
      API_REQUESTS_PER_MINUTE: 5,
    });
  });

  test('sets limits and proxies', () => {
    const variables = {
      API_REQUESTS_PER_MINUTE: '90',
      API_TENANT_REQUESTS_PER_MINUTE: '270',
      API_FAILURES_PER_MINUTE: '9',
      API_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8',
    };
    expect(read(variables)).toMatchObject({
      API_REQUESTS_PER_MINUTE: 90,
      API_TENANT_REQUESTS_PER_MINUTE: 270,
      API_FAILURES_PER_MINUTE: 9,
      API_TRUSTED_PROXIES: ['loopback', '10.0.0.0/8'],
    });
  });

  test.each(['0', '-1', 'many', '1.5'])('refuses %s requests a minute', (limit) => {
    expect(() => read({ API_REQUESTS_PER_MINUTE: limit })).toThrow(/API_REQUESTS_PER_MINUTE/);
  });
});
