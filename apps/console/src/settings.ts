import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Config } from '@keycourier/config/config-file';
import { refuseGenerated } from '@keycourier/config/generated';
import { parseOperatorRows, refuseOrdinaryAccounts } from '@keycourier/config/key-files/operators';
import { refuseAtStart } from '@keycourier/config/refusals/at-start';
import { consoleSecretUses } from '@keycourier/config/secret-uses';
import { resolveSecret } from '@keycourier/config/secrets';
import { readSealing } from '@keycourier/ledger/read-sealing';
import type { Sealing } from '@keycourier/ledger/sealing';
import { standardFiles, variables } from '@keycourier/runtime/environment';
import { ProcessError } from '@keycourier/runtime/errors';
import { scimUrlOf } from '@keycourier/runtime/scim-url';
import { z } from 'zod';

import { noOperators, parseOperators, type Operators } from './sign-in/operators.ts';

/** The environment of this process. */
export const consoleEnvironment = z
  .object({
    KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
    KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
    KEYCOURIER_DATA_DIR: variables.KEYCOURIER_DATA_DIR,
    SEALING_KEYS_FILE: variables.SEALING_KEYS_FILE,
    DATABASE_URL: variables.DATABASE_URL,
    REDIS_URL: variables.REDIS_URL,
    HOST: variables.HOST,
    CONSOLE_PORT: variables.CONSOLE_PORT,
    /** Where SCIM clients find connections: what their base URLs begin with. */
    SCIM_PORT: variables.SCIM_PORT,
    SCIM_PUBLIC_URL: variables.SCIM_PUBLIC_URL,
    METRICS_HOST: variables.METRICS_HOST,
    METRICS_PORT: variables.METRICS_PORT,
    LOG_LEVEL: variables.LOG_LEVEL,
    CONSOLE_OPERATORS_FILE: z.string().min(1).optional(),
    SESSION_SECRET_FILE: z.string().min(1).optional(),
    CONSOLE_TRUSTED_PROXIES: variables.TRUSTED_PROXIES,
  })
  .refine(({ KEYCOURIER_MODE, HOST }) => KEYCOURIER_MODE !== 'local' || isLoopback(HOST), {
    error: 'must be a loopback address if KEYCOURIER_MODE is local: the console uses plain HTTP there',
    path: ['HOST'],
  })
  .transform((environment) => ({
    mode: environment.KEYCOURIER_MODE,
    databaseUrl: environment.DATABASE_URL,
    redisUrl: environment.REDIS_URL,
    scimUrl: scimUrlOf(environment),
    http: { host: environment.HOST, port: environment.CONSOLE_PORT },
    metrics: { host: environment.METRICS_HOST, port: environment.METRICS_PORT },
    LOG_LEVEL: environment.LOG_LEVEL,
    ...pathsOf(environment),
    operatorsPath:
      environment.CONSOLE_OPERATORS_FILE ?? join(environment.KEYCOURIER_DATA_DIR, 'keys', 'operators.json'),
    sessionSecretPath:
      environment.SESSION_SECRET_FILE ?? join(environment.KEYCOURIER_DATA_DIR, 'keys', 'session-secret'),
    trustedProxies: environment.KEYCOURIER_MODE === 'local' ? [] : environment.CONSOLE_TRUSTED_PROXIES,
  }));

function pathsOf(environment: Parameters<typeof standardFiles>[0]): { configPath: string; sealingKeysPath: string } {
  const { KEYCOURIER_CONFIG: configPath, SEALING_KEYS_FILE: sealingKeysPath } = standardFiles(environment);
  return { configPath, sealingKeysPath };
}

const isLoopback = (host: string): boolean => /^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host);

export type Settings = z.output<typeof consoleEnvironment>;

export interface Secrets {
  /** Opens logins, names and addresses. There is no key to a PIN in this process. */
  sealing: Sealing;
  /** Signs session cookies and form tokens. */
  session: string;
  operators: Operators;
  /** Of the app at Okta, read at each use, since it may be rotated. */
  clientSecret: () => Promise<string>;
}

/**
 * Reads the operators' file, the session secret and the sealing keys.
 * @throws ProcessError `bad_config`, LedgerError `bad_keyring`, with the variable and the path, never the content
 */
export async function readSecrets(
  settings: Settings,
  config: Config,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Secrets> {
  const [use] = consoleSecretUses(config);
  const secretEnvironment = { ...environment, KEYCOURIER_MODE: settings.mode };
  await refuseAtStart({
    uses: use === undefined ? [] : [use],
    environment: secretEnvironment,
    files: [
      { variable: 'SEALING_KEYS_FILE', path: settings.sealingKeysPath },
      { variable: 'SESSION_SECRET_FILE', path: settings.sessionSecretPath },
      { variable: 'CONSOLE_OPERATORS_FILE', path: settings.operatorsPath },
    ],
  });
  const session = (await readSecretFile('SESSION_SECRET_FILE', settings.sessionSecretPath)).trim();
  if (session.length < 32)
    throw new ProcessError(
      'bad_config',
      `The session secret in ${settings.sessionSecretPath} has fewer than 32 characters`,
    );
  refuseGenerated(session, settings.mode, settings.sessionSecretPath);
  const sealing = await readSealing(settings.sealingKeysPath, settings.mode);
  return {
    session,
    sealing,
    operators: await readOperators(settings, config),
    clientSecret: async () => (use === undefined ? '' : resolveSecret(use.reference, secretEnvironment)),
  };
}

/** Where Okta signs operators in, there may be no file. In production, its accounts are for emergencies. */
async function readOperators({ mode, operatorsPath: path }: Settings, { console }: Config): Promise<Operators> {
  if (console?.signIn !== undefined && !(await isThere(path))) return noOperators;
  const text = await readSecretFile('CONSOLE_OPERATORS_FILE', path);
  refuseGenerated(text, mode, path);
  refuseOrdinaryAccounts(parseOperatorRows(text), { path, mode });
  return parseOperators(text);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function readSecretFile(variable: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `${path} cannot be read. Create it, or set ${variable} to another file`, {
      cause,
    });
  });
}
