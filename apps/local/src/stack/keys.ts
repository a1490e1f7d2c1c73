import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { generatedMark } from '@keycourier/config/generated';
import { hashPassword } from '@keycourier/config/key-files/password';
import {
  generatePinCopyKey,
  parsePinCopyKeys,
  publicHalf,
  writePinCopyKeys,
} from '@keycourier/config/key-files/pin-copy-keys';
import { generateKeyring, localKeyId } from '@keycourier/ledger/sealing';
import { z } from 'zod';

import { StackError } from './errors.ts';

const tokens = z.strictObject({
  hookSecret: z.string().min(32),
  oktaToken: z.string().min(32),
  apiKey: z.string().startsWith('kc_'),
  scimToken: z.string().startsWith('kcs_'),
  fulfillmentToken: z.string().min(32),
  operatorPassword: z.string().min(12),
  consoleClientSecret: z.string().min(32),
});

export interface Keys {
  folder: string;
  sealingPath: string;
  sessionSecretPath: string;
  pinCopyPath: string;
  operatorsPath: string;
  /** The public half, which the provider receives out of band. */
  pinCopyPublicKey: ReturnType<typeof publicHalf>;
  /** The credentials of the first tenant. Each is in a file of its own, which the config refers to. */
  tokens: z.infer<typeof tokens>;
  tokenPath: (name: keyof z.infer<typeof tokens>, tenant: string) => string;
  /** @throws StackError `bad_keys` for a tenant that the stack was not started with */
  tenantTokens: (tenant: string) => z.infer<typeof tokens>;
}

// Every process recognizes generated credentials by this mark and refuses them outside `local`.
const secret = (): string => `${generatedMark}${randomBytes(32).toString('base64url')}`;

/** Keys are generated once in `<data dir>/keys`, readable only by their owner, and reused at the next start. */
export async function loadKeys(dataDir: string, tenants: readonly string[]): Promise<Keys> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(folder, name);
  await readOrCreate(at('sealing.json'), () => generateKeyring(localKeyId));
  await readOrCreate(at('session-secret'), secret);
  const pinCopyText = await readOrCreate(at('pin-copy.json'), makePinCopyKey);
  const [pinCopy] = parsePinCopyKeys(pinCopyText, at('pin-copy.json')).slice(-1);
  if (pinCopy === undefined) throw new StackError('bad_keys', 'There is no PIN-copy key');
  const ofTenants = new Map<string, z.infer<typeof tokens>>();
  for (const tenant of tenants) ofTenants.set(tenant, await makeTokens(folder, tenant));
  const tenantTokens = (tenant: string): z.infer<typeof tokens> => {
    const found = ofTenants.get(tenant);
    if (found === undefined) throw new StackError('bad_keys', `There are no credentials for the tenant ${tenant}`);
    return found;
  };
  const own = tenantTokens(tenants[0] ?? '');
  await readOrCreate(at('operators.json'), () => operatorsFile(own.operatorPassword));
  return {
    folder,
    sealingPath: at('sealing.json'),
    sessionSecretPath: at('session-secret'),
    pinCopyPath: at('pin-copy.json'),
    operatorsPath: at('operators.json'),
    pinCopyPublicKey: publicHalf(pinCopy),
    tokens: own,
    tokenPath: (name, tenant) => join(folder, tenant, name),
    tenantTokens,
  };
}

async function makeTokens(folder: string, tenant: string): Promise<z.infer<typeof tokens>> {
  const own = join(folder, tenant);
  await mkdir(own, { recursive: true, mode: 0o700 });
  const read = (name: string, make = secret): Promise<string> => readOrCreate(join(own, name), make);
  return tokens.parse({
    hookSecret: await read('hookSecret'),
    oktaToken: await read('oktaToken'),
    apiKey: await read('apiKey', () => `kc_${secret()}`),
    scimToken: await read('scimToken', () => `kcs_${secret()}`),
    fulfillmentToken: await read('fulfillmentToken'),
    consoleClientSecret: await read('consoleClientSecret'),
    operatorPassword: await read('operatorPassword', () => randomBytes(12).toString('base64url')),
  });
}

/** Reads a file, or creates it if it does not exist. */
async function readOrCreate(path: string, make: () => string | Promise<string>): Promise<string> {
  const existing = await readFile(path, 'utf8').catch(() => null);
  if (existing !== null) return existing.trim();
  const made = await make();
  await writeFile(path, made, { mode: 0o600 });
  return made.trim();
}

const makePinCopyKey = async (): Promise<string> =>
  writePinCopyKeys([await generatePinCopyKey(`${generatedMark}pin-copy-${randomBytes(6).toString('hex')}`)]);

async function operatorsFile(password: string): Promise<string> {
  return `${JSON.stringify([{ user: 'operator', madeBy: `${generatedMark}stack`, passwordHash: await hashPassword(password) }], null, 2)}\n`;
}
