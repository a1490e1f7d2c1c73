import { createServer } from 'node:net';

import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { z } from 'zod';

import { parseEnvironment, variables } from './environment.ts';
import { listen } from './http-server.ts';

const shape = z
  .object({
    KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
    KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
    DATABASE_URL: variables.DATABASE_URL.optional(),
    API_PORT: variables.API_PORT,
    SEALING_KEYS_FILE: z.string().min(1).optional(),
  })
  .transform((environment) => environment);

describe('a variable that was meant as another is refused, with that one:', () => {
  test.each([
    ['KEYCOURIER_DATADIR', 'KEYCOURIER_DATA_DIR'],
    ['KEYCOURIER_DATA_DIRS', 'KEYCOURIER_DATA_DIR'],
    ['KEYCURIER_DATA_DIR', 'KEYCOURIER_DATA_DIR'],
    ['KEYCOURIER_MOD', 'KEYCOURIER_MODE'],
    ['KEYCOURIER_MODUS', 'KEYCOURIER_MODE'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATA_BASE_URL', 'DATABASE_URL'],
    ['SEALING_KEY_FILE', 'SEALING_KEYS_FILE'],
    ['SEALINGKEYSFILE', 'SEALING_KEYS_FILE'],
  ])('%s', (name, meant) => {
    const parse = () => parseEnvironment(shape, { [name]: 'canary' });
    expect(parse).toThrow(`✖ is not known: did you mean ${meant}?\n  → at ${name}`);
    expect(parse).not.toThrow('canary');
  });
});

test.each(['loopback', '10.0.0.0/8, uniquelocal', '::1'])('trusted proxies may be %s', (list) => {
  expect(variables.TRUSTED_PROXIES.safeParse(list).success).toBe(true);
});

test.each(['all', '10.0.0.0/99', 'proxy.example', 'loopback,,', '*', 'true'])(
  'trusted proxies are never %s',
  (list) => {
    expect(variables.TRUSTED_PROXIES.safeParse(list).error?.issues[0]?.message).toMatch(
      /must be addresses or networks/,
    );
  },
);

describe('a variable is no business of ours', () => {
  test.each([
    'KEYCOURIER_API_SERVICE_HOST',
    'KEYCOURIER_RECEIVER_PORT_8080_TCP',
    'KEYCOURIER_URL',
    'KEYCOURIER_OKTA_TOKEN',
    'APP_PORT',
    'POSTGRES_PASSWORD',
    'DATABASE_POOL_URL',
    'CONSOLE_PORT',
    'npm_config_keycourier_mod',
  ])('%s', (name) => {
    expect(parseEnvironment(shape, { [name]: '1' }).KEYCOURIER_MODE).toBe('production');
  });

  test('where the one that it resembles is set', () => {
    const set = { DATABASE_URL: 'postgres://db.example/x', DATABASE_URI: 'x' };
    expect(parseEnvironment(shape, set).DATABASE_URL).toBe('postgres://db.example/x');
  });
});

test('every problem of the environment is reported at once', () => {
  const parse = () => parseEnvironment(shape, { API_PORT: 'http', KEYCOURIER_MODE: 'prod', DATABSE_URL: 'x' });
  expect(parse).toThrow(/must be a port, from 0 to 65535\n {2}→ at API_PORT/);
  expect(parse).toThrow(/at KEYCOURIER_MODE/);
  expect(parse).toThrow(/did you mean DATABASE_URL/);
});

test('a port that is taken names itself and the variable that sets it', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await expect(listen(express(), { host: '127.0.0.1', port, variable: 'API_PORT' })).rejects.toMatchObject({
    code: 'start_failed',
    message: `Port ${port} on 127.0.0.1 is taken: set API_PORT to another (0 means any free one)`,
  });
  await new Promise<void>((resolve) => void other.close(() => resolve()));
  await expect(listen(express(), { host: '192.0.2.1', port: 0 })).rejects.toThrow(
    '192.0.2.1 is no address of this machine',
  );
});
