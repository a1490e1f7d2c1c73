import { parseArgs } from 'node:util';

import { readConfigFile } from '@keycourier/config/config-file';
import { variables } from '@keycourier/config/environment';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import { connectLedger } from '@keycourier/ledger/connect-ledger';
import { createSealing, generateKeyring, parseKeyring } from '@keycourier/ledger/sealing';
import { ProcessError } from '@keycourier/runtime/errors';
import { parseEnvironment } from '@keycourier/runtime/parse-environment';
import { z } from 'zod';

import { keyFields } from './key-fields.ts';

export const usage = `Makes an API key and prints it, this once.

  node apps/api/dist/create-key.js --tenant acme --name first --scopes read,write,operator [--requests-per-minute 600]

DATABASE_URL names the ledger's database. Where KEYCOURIER_CONFIG is set, the tenant must be in that file.
`;

const environmentSchema = z.object({
  DATABASE_URL: variables.DATABASE_URL,
  KEYCOURIER_CONFIG: variables.KEYCOURIER_CONFIG,
});

const argumentsSchema = z.strictObject({
  tenant: z.string().min(1),
  name: keyFields.name,
  scopes: z
    .string()
    .transform((list) => list.split(',').map((scope) => scope.trim()))
    .pipe(keyFields.scopes),
  'requests-per-minute': z.coerce.number().pipe(keyFields.requestsPerMinute.unwrap()).optional(),
});

/** Postgres' `undefined_table`. */
const noTable = z.object({ code: z.literal('42P01') });

/**
 * Makes a key as the command line asks for it. This is how a tenant comes to its first one; others can be made with it.
 * @throws ProcessError `bad_environment`, `bad_config` or `start_failed`, saying what to do instead
 */
export async function createKeyCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ id: string; key: string }> {
  const { tenant, name, scopes, 'requests-per-minute': requestsPerMinute } = readArguments(args);
  const { DATABASE_URL: databaseUrl, KEYCOURIER_CONFIG: config } = parseEnvironment(environmentSchema, environment);
  if (config !== undefined) await mustKnow(tenant, config);
  const ledger = connectLedger({
    databaseUrl,
    // Keys are hashed, never sealed: the keyring of the ledger is neither needed nor asked for.
    sealing: createSealing(parseKeyring(generateKeyring())),
    maxConnections: 1,
    maxRequestsInFlight: () => 1,
  });
  try {
    const limit = requestsPerMinute === undefined ? {} : { requestsPerMinute };
    const { id, key } = await createApiKey(ledger, { tenant, name, scopes, ...limit });
    return { id, key };
  } catch (cause) {
    if (!noTable.safeParse(cause).success) throw cause;
    throw new ProcessError('start_failed', 'The database has no schema yet: start the worker once, which makes it', {
      cause,
    });
  } finally {
    await ledger.close();
  }
}

/** An argument that there is none of is named by Node's own error. */
const said = z.object({ message: z.string() });

function readArguments(args: readonly string[]): z.output<typeof argumentsSchema> {
  const text = { type: 'string' } as const;
  const options = { tenant: text, name: text, scopes: text, 'requests-per-minute': text };
  try {
    return argumentsSchema.parse({ ...parseArgs({ args: [...args], options, strict: true }).values });
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : (said.safeParse(cause).data?.message ?? '');
    throw new ProcessError('bad_environment', `The arguments are not usable:\n${what}\n\n${usage}`, { cause });
  }
}

async function mustKnow(tenant: string, config: string): Promise<void> {
  const { tenants } = await readConfigFile(config);
  if (Object.hasOwn(tenants, tenant)) return;
  throw new ProcessError(
    'bad_config',
    `There is no tenant "${tenant}" in ${config}; it has: ${Object.keys(tenants).join(', ')}`,
  );
}
