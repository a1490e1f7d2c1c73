import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { variables } from '@keycourier/config/environment';
import { refuseGenerated } from '@keycourier/config/generated';
import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { parseOperators, type Operators } from './sign-in/operators.ts';

/** What the console reads from its environment. */
export const consoleEnvironment = z
  .object({
    KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
    KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
    DATABASE_URL: variables.DATABASE_URL,
    REDIS_URL: variables.REDIS_URL,
    HOST: variables.HOST,
    CONSOLE_PORT: variables.CONSOLE_PORT,
    METRICS_HOST: variables.METRICS_HOST,
    METRICS_PORT: variables.METRICS_PORT,
    LOG_LEVEL: variables.LOG_LEVEL,
    CONSOLE_OPERATORS_FILE: z.string().min(1).optional(),
    SESSION_SECRET_FILE: z.string().min(1).optional(),
    /** Addresses of the proxies that end TLS, as Express reads them: `loopback`, `uniquelocal`, `10.0.0.0/8`, in a comma list. */
    CONSOLE_TRUSTED_PROXIES: z.string().min(1).default('loopback'),
  })
  .refine(({ KEYCOURIER_MODE, HOST }) => KEYCOURIER_MODE !== 'local' || isLoopback(HOST), {
    error: 'must be a loopback address where KEYCOURIER_MODE is local: the console speaks plain http there',
    path: ['HOST'],
  })
  .transform((given) => ({
    mode: given.KEYCOURIER_MODE,
    databaseUrl: given.DATABASE_URL,
    redisUrl: given.REDIS_URL,
    http: { host: given.HOST, port: given.CONSOLE_PORT },
    metrics: { host: given.METRICS_HOST, port: given.METRICS_PORT },
    LOG_LEVEL: given.LOG_LEVEL,
    operatorsPath: given.CONSOLE_OPERATORS_FILE ?? join(given.KEYCOURIER_DATA_DIR, 'keys', 'operators.json'),
    sessionSecretPath: given.SESSION_SECRET_FILE ?? join(given.KEYCOURIER_DATA_DIR, 'keys', 'session-secret'),
    trustedProxies:
      given.KEYCOURIER_MODE === 'local' ? [] : given.CONSOLE_TRUSTED_PROXIES.split(',').map((one) => one.trim()),
  }));

const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host);

export type Settings = z.output<typeof consoleEnvironment>;

export interface Secrets {
  /** Signs session cookies and form tokens. */
  session: string;
  operators: Operators;
}

/**
 * Reads the two files that make sign-in possible.
 * @throws ProcessError `bad_config`, naming the variable and the path, never what is in the file
 */
export async function readSecrets(settings: Settings): Promise<Secrets> {
  const session = (await readSecretFile('SESSION_SECRET_FILE', settings.sessionSecretPath)).trim();
  if (session.length < 32)
    throw new ProcessError(
      'bad_config',
      `The session secret in ${settings.sessionSecretPath} has less than 32 characters`,
    );
  refuseGenerated(session, settings.mode, settings.sessionSecretPath);
  const operators = await readSecretFile('CONSOLE_OPERATORS_FILE', settings.operatorsPath);
  refuseGenerated(operators, settings.mode, settings.operatorsPath);
  return { session, operators: parseOperators(operators) };
}

async function readSecretFile(variable: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `${path} cannot be read; make it, or name another file in ${variable}`, {
      cause,
    });
  });
}
