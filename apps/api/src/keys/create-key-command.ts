import { parseArgs } from 'node:util';

import { readConfigFile } from '@keycourier/config/config-file';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { parseEnvironment, variables } from '@keycourier/runtime/environment';
import { ProcessError } from '@keycourier/runtime/errors';
import { z } from 'zod';

import { keyFields } from './key-fields.ts';

export const usage = `Creates an API key and prints it, only this once.

  node apps/api/dist/create-key.js --tenant acme --name first --owner ada@acme.com --scopes read,write,operator \\
    [--requests-per-minute 600]

The owner is the login at Okta of the person who answers for the key. DATABASE_URL is the database. If KEYCOURIER_CONFIG is set, the tenant must be in that file.
`;

const environmentSchema = z.object({
  DATABASE_URL: variables.DATABASE_URL,
  KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
  KEYCOURIER_MODE: variables.KEYCOURIER_MODE,
});

const argumentsSchema = z.strictObject({
  tenant: z.string().min(1),
  name: keyFields.name,
  owner: keyFields.owner,
  scopes: z
    .string()
    .transform((list) => list.split(',').map((scope) => scope.trim()))
    .pipe(keyFields.scopes),
  'requests-per-minute': z.coerce.number().pipe(keyFields.requestsPerMinute.unwrap()).optional(),
});

/** Postgres' `undefined_table`. */
const noTable = z.object({ code: z.literal('42P01') });

/**
 * Creates the first API key of a tenant; the API can create further ones.
 * @throws ProcessError `bad_environment`, `bad_config` or `start_failed`, with what to do instead
 */
export async function createKeyCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ id: string; key: string }> {
  const { tenant, name, owner, scopes, 'requests-per-minute': requestsPerMinute } = readArguments(args);
  const settings = parseEnvironment(environmentSchema, environment);
  const { DATABASE_URL: databaseUrl, KEYCOURIER_CONFIG: config } = settings;
  if (config !== undefined) await requireTenant(tenant, config, settings.KEYCOURIER_MODE);
  const ledger = connectLedger({
    databaseUrl,
    // Keys are hashed, not sealed, so any keyring will do.
    sealing: createSealing(parseKeyring(generateKeyring())),
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
  try {
    const limit = requestsPerMinute === undefined ? {} : { requestsPerMinute };
    const { id, key } = await createApiKey(ledger, { tenant, name, owner, scopes, ...limit });
    return { id, key };
  } catch (cause) {
    if (!noTable.safeParse(cause).success) throw cause;
    throw new ProcessError('start_failed', 'The database has no schema yet: start the worker once to create it', {
      cause,
    });
  } finally {
    await ledger.close();
  }
}

/** Node's error names an unknown argument. */
const withMessage = z.object({ message: z.string() });

function readArguments(args: readonly string[]): z.output<typeof argumentsSchema> {
  const text = { type: 'string' } as const;
  const options = { tenant: text, name: text, owner: text, scopes: text, 'requests-per-minute': text };
  try {
    return argumentsSchema.parse({ ...parseArgs({ args: [...args], options, strict: true }).values });
  } catch (cause) {
    const reason =
      cause instanceof z.ZodError ? z.prettifyError(cause) : (withMessage.safeParse(cause).data?.message ?? '');
    throw new ProcessError('bad_environment', `Invalid arguments:\n${reason}\n\n${usage}`, { cause });
  }
}

async function requireTenant(tenant: string, config: string, mode: string): Promise<void> {
  const { tenants } = await readConfigFile(config, mode);
  if (Object.hasOwn(tenants, tenant)) return;
  throw new ProcessError(
    'bad_config',
    `There is no tenant "${tenant}" in ${config}. Its tenants are: ${Object.keys(tenants).join(', ')}`,
  );
}
