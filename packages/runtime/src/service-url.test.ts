import { describe, expect, test } from '@jest/globals';

import { postgresUrl, redisUrl, smtpUrl } from './service-url.ts';

const passwordIn = (url: string): string => decodeURIComponent(new URL(postgresUrl.parse(url)).password);

describe('the password of a URL', () => {
  test.each([
    'plain',
    'p@ss',
    'p/w?x#y',
    'a:b',
    '100%',
    '%',
    '%zz',
    'with space',
    'ü😀',
    '[brackets]',
    'back\\slash',
    'quote\'"',
    '@@',
    '&=+$,;',
  ])('may be %s, as it is or percent-encoded', (password) => {
    expect(passwordIn(`postgres://user:${password}@db.example:5432/keycourier?sslmode=require`)).toBe(password);
    expect(passwordIn(`postgres://user:${encodeURIComponent(password)}@db.example/keycourier`)).toBe(password);
  });

  test('is percent-encoded where a % stands before two hexadecimal digits', () => {
    expect(passwordIn('postgres://user:a%40b@db.example/x')).toBe('a@b');
    expect(passwordIn('postgres://user:a%2540b@db.example/x')).toBe('a%40b');
  });

  test('may be in Latin-1, which is no percent-encoding', () => {
    expect(passwordIn('postgres://user:%e9@db.example/x')).toBe('%e9');
  });
});

test('the rest of a URL stays as it is', () => {
  for (const url of [
    'postgres://db.example/x',
    'postgresql://user@[::1]:5432/x',
    'postgres:///x?host=/run/postgresql',
    'postgres://db.example/x?application_name=a@b',
  ])
    expect(postgresUrl.parse(url)).toBe(url);
  expect(redisUrl.parse('rediss://:p@ss@redis.example:6380/2')).toBe('rediss://:p%40ss@redis.example:6380/2');
  expect(smtpUrl.parse(' smtp://u@corp.example:p#w@mail.example ')).toBe('smtp://u%40corp.example:p%23w@mail.example');
});

test.each([
  'http://user:canary@db.example/x',
  'user:canary@db.example',
  '',
  'postgres://user:canary@db.example:port/x',
])('a URL that cannot be used is refused and never quoted: %s', (url) => {
  const parsed = postgresUrl.safeParse(url);
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error?.issues)).not.toContain('canary');
  expect(parsed.error?.issues[0]?.message).toMatch(/postgres:\/\/ or postgresql:\/\//);
});
