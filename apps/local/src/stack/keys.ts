import { createPublicKey, generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
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

const privateJwk = z.looseObject({ kty: z.string(), d: z.string(), kid: z.string() });

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
  /**
   * Those of a tenant, or of a hub.
   * @throws StackError `bad_keys` for one that the stack was not started with
   */
  tenantTokens: (tenant: string) => z.infer<typeof tokens>;
  /** What a tenant with a hub signs in with there. @throws StackError `bad_keys` for one without a hub */
  hubKey: (tenant: string) => HubKey;
}

export interface HubKey {
  /** Of the private JWK. */
  path: string;
  publicJwk: JsonWebKey;
}

// Every process recognizes generated credentials by this mark and refuses them outside `local`.
const secret = (): string => `${generatedMark}${randomBytes(32).toString('base64url')}`;

/** Keys are generated once in `<data dir>/keys`, readable only by their owner, and reused at the next start. */
export async function loadKeys(
  dataDir: string,
  tenants: readonly { name: string; hub?: string | undefined }[],
): Promise<Keys> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(folder, name);
  await readOrCreate(at('sealing.json'), () => generateKeyring(localKeyId));
  await readOrCreate(at('session-secret'), secret);
  const pinCopyText = await readOrCreate(at('pin-copy.json'), makePinCopyKey);
  const [pinCopy] = parsePinCopyKeys(pinCopyText, at('pin-copy.json')).slice(-1);
  if (pinCopy === undefined) throw new StackError('bad_keys', 'There is no PIN-copy key');
  const ofTenants = new Map<string, z.infer<typeof tokens>>();
  const names = new Set(tenants.flatMap(({ name, hub }) => (hub === undefined ? [name] : [name, hub])));
  for (const name of names) ofTenants.set(name, await makeTokens(folder, name));
  const hubKey = await makeHubKeys(folder, tenants);
  const tenantTokens = (tenant: string): z.infer<typeof tokens> => {
    const found = ofTenants.get(tenant);
    if (found === undefined) throw new StackError('bad_keys', `There are no credentials for the tenant ${tenant}`);
    return found;
  };
  const own = tenantTokens(tenants[0]?.name ?? '');
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
    hubKey,
  };
}

async function makeHubKeys(
  folder: string,
  tenants: readonly { name: string; hub?: string | undefined }[],
): Promise<Keys['hubKey']> {
  const made = new Map<string, HubKey>();
  for (const { name, hub } of tenants) if (hub !== undefined) made.set(name, await makeHubKey(folder, name));
  return (tenant) => {
    const key = made.get(tenant);
    if (key === undefined) throw new StackError('bad_keys', `The tenant ${tenant} has no hub`);
    return key;
  };
}

async function makeHubKey(folder: string, tenant: string): Promise<HubKey> {
  const path = join(folder, tenant, 'hubKey');
  const text = await readOrCreate(path, () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = `${generatedMark}${tenant}`;
    return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' });
  });
  const { kid, ...key } = privateJwk.parse(JSON.parse(text));
  const publicKey = createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' });
  return { path, publicJwk: { ...publicKey, kid, use: 'sig', alg: 'ES256' } };
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
