import { createPrivateKey, type KeyObject } from 'node:crypto';

import { ProcessError } from '@keycourier/runtime/errors';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import type { PoolClient } from 'pg';
import { z } from 'zod';

import { keyPurposes, makeKeys } from './make-keys.ts';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
}

export interface ProviderKeys {
  /** Private transport keys by key id. */
  transport: ReadonlyMap<string, CryptoKey>;
  sign: SigningKey;
  /** The attestation key of all simulated YubiKeys, and its certificate in DER. */
  attestation: { privateKey: KeyObject; certificate: Buffer };
  /** What `/.well-known/` serves. */
  published: { transport: { keys: JWK[] }; sign: { keys: JWK[] } };
}

const storedKey = z.object({
  kid: z.string(),
  purpose: z.enum(keyPurposes),
  private_jwk: z.object({ kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string(), d: z.string() }),
  x5c: z.array(z.string()),
});
type StoredKeyRow = z.infer<typeof storedKey>;

/** Reads the provider's keys, and creates them in a new database. Call it under the lock of `createTables`. */
export async function loadProviderKeys(client: PoolClient, nowMs: number): Promise<ProviderKeys> {
  const read = async (): Promise<StoredKeyRow[]> => {
    const { rows } = await client.query('select kid, purpose, private_jwk, x5c from provider_keys order by kid');
    return z.array(storedKey).parse(rows);
  };
  if ((await read()).length === 0)
    for (const key of await makeKeys(nowMs))
      await client.query('insert into provider_keys (kid, purpose, private_jwk, x5c) values ($1, $2, $3, $4)', [
        key.kid,
        key.purpose,
        JSON.stringify(key.private_jwk),
        JSON.stringify(key.x5c),
      ]);
  return toProviderKeys(await read());
}

async function toProviderKeys(keys: readonly StoredKeyRow[]): Promise<ProviderKeys> {
  const transport = keys.filter(({ purpose }) => purpose === 'transport');
  const sign = only(keys, 'sign');
  const attestation = only(keys, 'attestation');
  return {
    transport: new Map(
      await Promise.all(transport.map(async (key) => [key.kid, await importPrivate(key, 'ECDH-ES+A256KW')] as const)),
    ),
    sign: { kid: sign.kid, privateKey: await importPrivate(sign, 'ES384') },
    attestation: {
      privateKey: createPrivateKey({ key: attestation.private_jwk, format: 'jwk' }),
      certificate: Buffer.from(attestation.x5c[0] ?? '', 'base64'),
    },
    published: {
      transport: { keys: transport.map((key) => publish(key, { use: 'enc', alg: 'ECDH-ES+A256KW' })) },
      sign: { keys: [publish(sign, { use: 'sig', alg: 'ES384', x5c: sign.x5c })] },
    },
  };
}

function only(keys: readonly StoredKeyRow[], purpose: StoredKeyRow['purpose']): StoredKeyRow {
  const [key, ...others] = keys.filter((one) => one.purpose === purpose);
  if (key === undefined || others.length > 0)
    throw new ProcessError('start_failed', `provider_keys must hold one key with purpose ${purpose}`);
  return key;
}

async function importPrivate({ private_jwk: jwk }: StoredKeyRow, algorithm: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new TypeError('an EC key cannot be a secret');
  return key;
}

const publish = ({ kid, private_jwk: { kty, crv, x, y } }: StoredKeyRow, rest: Partial<JWK>): JWK => ({
  kty,
  crv,
  x,
  y,
  kid,
  ...rest,
});
