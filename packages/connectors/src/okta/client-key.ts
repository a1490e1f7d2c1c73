import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';

import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { codeOf } from '../http/fault-of-socket.ts';
import type { ServiceApp } from './settings.ts';

/** The key that a service app signs in with. */
export interface ClientKey {
  key: KeyObject;
  /** One of those that Okta accepts: RS or ES with 256, 384 or 512 (okta-developer-docs, implement-oauth-for-okta-serviceapp). */
  alg: string;
  /**
   * Absent where neither key nor settings have it. Okta finds an app's only key without it, and refuses one that does not
   * match, so it is never guessed (okta-sdk-nodejs#223, okta-sdk-python#289).
   */
  kid: string | undefined;
}

const jwkSchema = z.looseObject({
  kty: z.enum(['RSA', 'EC']),
  d: z.string().min(1),
  kid: z.string().min(1).optional(),
  use: z.literal('sig').optional(),
  alg: z.string().optional(),
});

const algOfCurve = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);
const leastModulusBits = 2_048;

/**
 * Reads a service app's key, so that a process with an unusable one does not start.
 * @throws ConnectorError `unauthorized`, with the reason and never the key; or the error of `privateKey`
 */
export async function checkOktaKey(app: ServiceApp): Promise<void> {
  readClientKey(await app.privateKey(), app.keyId);
}

/** @throws ConnectorError `unauthorized`: the key cannot sign in */
export function readClientKey(text: string, keyId: string | undefined): ClientKey {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return readJwk(trimmed, keyId);
  if (!trimmed.startsWith('-----BEGIN ')) throw unusable('is neither PEM nor a JWK');
  const create = (): KeyObject => createPrivateKey({ key: trimmed, format: 'pem' });
  const key = importKey(create, 'is not a private key in PEM (PKCS#8)');
  return { key, alg: algsOf(key)[0], kid: keyId };
}

function readJwk(text: string, keyId: string | undefined): ClientKey {
  const jwk = jwkSchema.safeParse(parseJson(text));
  if (!jwk.success) {
    const fields = new Set(jwk.error.issues.map(({ path }) => z.core.toDotPath(path) || 'its root'));
    throw unusable(`is not a private JWK for signing, RSA or EC (see ${[...fields].join(', ')})`);
  }
  const parsed: JsonWebKey = jwk.data;
  const key = importKey(() => createPrivateKey({ key: parsed, format: 'jwk' }), 'is an inconsistent JWK');
  const { alg, kid } = jwk.data;
  const algs = algsOf(key);
  if (alg !== undefined && !algs.includes(alg)) throw unusable('is for an alg that Okta does not accept for it');
  return { key, alg: alg ?? algs[0], kid: kid ?? keyId };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable('starts like a JWK but is not JSON');
  }
}

function importKey(run: () => KeyObject, problem: string): KeyObject {
  try {
    return run();
  } catch (error) {
    throw unusable(problem, codeOf(error));
  }
}

/** The algorithms that a key can sign with, the most common one first. */
function algsOf(key: KeyObject): [string, ...string[]] {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') {
    if (modulusLength < leastModulusBits) throw unusable(`has ${modulusLength} bits; RSA needs ${leastModulusBits}`);
    return ['RS256', 'RS384', 'RS512'];
  }
  const alg = algOfCurve.get(namedCurve);
  if (alg === undefined) throw unusable('is neither RSA nor EC on P-256, P-384 or P-521');
  return [alg];
}

function unusable(problem: string, code: string | null = null): ConnectorError {
  const details = code === null ? {} : { cause: { code } };
  return new ConnectorError({ service: 'okta', fault: 'unauthorized' }, `the client key ${problem}`, details);
}
