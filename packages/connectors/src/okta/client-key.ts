import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';

import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { codeOf } from '../http/fault-of-socket.ts';
import { isOneLine, oneLineProblem, readPem } from './pem.ts';

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

/** A set with one key is that key. */
const jwkSetSchema = z.looseObject({ keys: z.array(z.unknown()) });
const publicSchema = z.looseObject({ kty: z.enum(['RSA', 'EC']), d: z.undefined().optional() });
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

/** @throws ConnectorError `unauthorized`: the key cannot sign in */
export function readClientKey(text: string, keyId: string | undefined): ClientKey {
  const plain = unwrap(text);
  if (plain.startsWith('{')) return readJwk(plain, keyId);
  if (!plain.includes('-----BEGIN ')) throw unusable('is neither PEM nor a JWK');
  const read = readPem(plain);
  if ('problem' in read) throw unusable(read.problem);
  const create = (): KeyObject => createPrivateKey({ key: read.pem, format: 'pem' });
  const key = importKey(create, isOneLine(plain) ? oneLineProblem : 'is not a private key in PEM (PKCS#8)');
  return { key, alg: algsOf(key)[0], kid: keyId };
}

/** Why a text cannot be a service app's key, without quoting it; null where it can. */
export function clientKeyProblem(text: string): string | null {
  try {
    readClientKey(text, undefined);
    return null;
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return error.message.replace(/^the client key /, '');
  }
}

/** Removes what variables and secret stores add: quotes, escapes, base64 around the whole. */
function unwrap(text: string): string {
  const [, , quoted] = /^(["'])([^]*)\1$/.exec(text.replace(/^\uFEFF/, '').trim()) ?? [];
  const plain = unescaped(quoted ?? text.replace(/^\uFEFF/, '')).trim();
  if (plain.startsWith('{') || plain.includes('-----BEGIN ') || !/^[A-Za-z0-9+/\s]+={0,2}$/.test(plain)) return plain;
  const decoded = Buffer.from(plain, 'base64').toString('utf8').trim();
  return decoded.startsWith('{') || decoded.startsWith('-----BEGIN ') ? unescaped(decoded) : plain;
}

/** In JSON, `\n` within a text is no line break; around its quotes a shell may have left a backslash. */
const unescaped = (text: string): string =>
  text.trimStart().startsWith('{')
    ? text.replace(/^\{\s*\\"[^]*$/, (json) => json.replaceAll('\\"', '"'))
    : text.replaceAll(/\\+r\\+n|\\+n|\\+r|\r\n?/g, '\n');

function readJwk(text: string, keyId: string | undefined): ClientKey {
  const json = parseJson(text);
  const set = jwkSetSchema.safeParse(json).data?.keys;
  if (set !== undefined && set.length !== 1) throw unusable(`is a set of ${set.length} keys: give the one key`);
  const [candidate] = set ?? [json];
  if (publicSchema.safeParse(candidate).success) throw unusable('is a public JWK: the private one has a d');
  const jwk = jwkSchema.safeParse(candidate);
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
