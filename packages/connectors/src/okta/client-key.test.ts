import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose';

import { everythingIn, faultOf } from '../testing/fault-of.ts';
import { makeAppKey } from '../testing/service-app.ts';
import { clientKeyProblem, readClientKey } from './client-key.ts';

describe('a usable key', () => {
  test.each(['RS256', 'ES256', 'ES384', 'ES512'])('is PEM or JWK, for %s', async (alg) => {
    const { jwk, pem } = await makeAppKey(alg, 'key-1');
    expect(readClientKey(`\n${pem}\n`, undefined)).toMatchObject({ alg, kid: undefined });
    expect(readClientKey(jwk, undefined)).toMatchObject({ alg, kid: 'key-1' });
    expect(clientKeyProblem(pem)).toBeNull();
  });

  test('has its own kid, else the one of the settings, and never a guessed one', async () => {
    const [named, nameless] = [await makeAppKey('ES256', 'key-1'), await makeAppKey('ES256')];
    expect(readClientKey(named.jwk, 'key-2').kid).toBe('key-1');
    expect(readClientKey(nameless.jwk, 'key-2').kid).toBe('key-2');
    expect(readClientKey(nameless.pem, 'key-2').kid).toBe('key-2');
    expect(readClientKey(nameless.jwk, undefined).kid).toBeUndefined();
  });

  test('signs with its own alg', async () => {
    const { jwk } = await makeAppKey('RS256');
    expect(readClientKey(JSON.stringify({ ...JSON.parse(jwk), alg: 'RS512' }), undefined).alg).toBe('RS512');
  });

  test('may be PEM of the older format, for RSA alone', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(readClientKey(pem, undefined).alg).toBe('RS256');
  });
});

describe('an unusable key is refused, and not quoted:', () => {
  const unusable: [string, () => string | Promise<string>][] = [
    ['nothing', () => ''],
    ['text', () => 'secret-value'],
    ['PEM of a public key', () => spki()],
    ['PEM that is cut off', async () => (await makeAppKey('ES256')).pem.slice(0, 80)],
    ['encrypted PEM', () => encrypted()],
    ['JSON that is cut off', () => '{"kty":"EC","d":"secret-value"'],
    ['a public JWK', async () => JSON.stringify((await makeAppKey('ES256')).publicJwk)],
    ['a JWK for encryption', async () => changed('ES256', { use: 'enc' })],
    ['a JWK for an alg of another kind', async () => changed('ES256', { alg: 'RS256' })],
    ['a JWK for an alg that Okta does not take', async () => changed('RS256', { alg: 'PS256' })],
    ['a JWK that does not hold together', async () => changed('ES256', { crv: 'P-384' })],
    ['a symmetric key', () => '{"kty":"oct","k":"secret-value"}'],
    ['Ed25519', async () => exportPKCS8((await generateKeyPair('EdDSA', { extractable: true })).privateKey)],
    ['RSA with 1024 bits', () => rsa(1_024)],
    ['EC on another curve', () => secp256k1()],
  ];

  test.each(unusable)('%s', async (_title, make) => {
    const text = await make();
    const thrown = await faultOf(Promise.resolve().then(() => readClientKey(text, undefined)));
    expect(thrown).toMatchObject({ service: 'okta', fault: 'unauthorized' });
    expect(thrown.message).toMatch(/^the client key /);
    expect(everythingIn(thrown)).not.toContain('secret-value');
    const secret = /"d":"([^"]+)"/.exec(text)?.[1] ?? text.split('\n')[1] ?? '';
    if (secret !== '') expect(everythingIn(thrown)).not.toContain(secret);
  });
});

async function changed(alg: string, part: Readonly<Record<string, string>>): Promise<string> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return JSON.stringify({ ...(await exportJWK(privateKey)), ...part });
}

function rsa(modulusLength: number): string {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function secp256k1(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function spki(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
}

function encrypted(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret-value' })
    .toString();
}
