import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateKeyring } from '@keycourier/ledger/sealing';

import type { World } from './world.ts';

/** Of the right form; no password has it. */
const aHash = `scrypt$32768$8$3$${'a'.repeat(22)}$${'b'.repeat(43)}`;

/** A tenant of keycourier.yaml that a test may change. */
export interface TenantText {
  okta: { orgUrl: string; auth: unknown };
  hook: { secrets: unknown[] };
  fulfillment: Record<string, unknown>;
  products: Record<string, string>[];
  mail: Record<string, unknown>;
  pin?: Record<string, unknown>;
  catchUp?: Record<string, unknown>;
}

/** A data dir with all key files, and the environment of the processes. */
export interface WrittenSetup {
  folder: string;
  /** The path of a file in it. */
  at: (name: string) => string;
  environment: Record<string, string>;
  tenant: TenantText;
  /** The part `console` of keycourier.yaml, if a test sets it. */
  console?: unknown;
  /** Rewrites keycourier.yaml from both. */
  writeConfig: () => Promise<void>;
  remove: () => Promise<void>;
}

export const hookSecret = 'a hook secret of our own';

export async function writeSetup(world: World): Promise<WrittenSetup> {
  const folder = await mkdtemp(join(tmpdir(), 'keycourier-cli-'));
  const at = (name: string): string => join(folder, name);
  await mkdir(at('keys'));
  const secret = (name: string, text: string): Promise<void> => writeFile(at(`keys/${name}`), text, { mode: 0o600 });
  await Promise.all([
    secret('sealing.json', generateKeyring()),
    secret('pin-copy.json', JSON.stringify({ kty: 'EC', crv: 'P-384', kid: 'copy-1', x: 'x', y: 'y', d: 'd' })),
    secret('operators.json', JSON.stringify([{ user: 'ada', passwordHash: aHash, breakGlass: true }])),
    secret('session-secret', 's'.repeat(40)),
    secret('okta-token', `${world.oktaToken}\n`),
    secret('hook-secret', hookSecret),
    secret('fulfillment-token', world.fulfillmentToken),
  ]);
  const tenant: TenantText = {
    okta: { orgUrl: world.org.url, auth: { token: { file: at('keys/okta-token') } } },
    hook: { secrets: [{ file: at('keys/hook-secret') }] },
    fulfillment: {
      apiUrl: `${world.provider.url()}/v1`,
      keysUrl: world.provider.url(),
      token: { file: at('keys/fulfillment-token') },
      tokenExpires: '2030-01-31',
      pinCopy: true,
    },
    products: [{ productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' }],
    mail: { from: 'keys@acme.example', smtp: { env: 'ACME_SMTP' } },
  };
  const environment = {
    ...world.api.environment,
    KEYCOURIER_DATA_DIR: folder,
    KEYCOURIER_RECEIVER_URL: world.receiver.url,
    SCIM_PUBLIC_URL: world.scim.url,
    DATABASE_URL: world.databaseUrl,
    ACME_SMTP: world.smtpUrl,
  };
  const written: WrittenSetup = {
    folder,
    at,
    environment,
    tenant,
    // JSON is valid YAML.
    writeConfig: () =>
      writeFile(at('keycourier.yaml'), JSON.stringify({ console: written.console, tenants: { acme: tenant } })),
    remove: () => rm(folder, { recursive: true }),
  };
  await written.writeConfig();
  return written;
}
