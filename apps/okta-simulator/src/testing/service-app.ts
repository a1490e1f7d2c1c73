import { createHash, randomUUID } from 'node:crypto';

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters } from 'jose';
import { z } from 'zod';

import { bodyOf, type Reply, type RunningOrg } from './running-org.ts';

export interface SigningKey {
  alg: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

export async function makeKey(alg: string, kid?: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), ...(kid === undefined ? {} : { kid }) } };
}

/** Claims or header parameters that differ from valid ones; undefined removes one. */
export type Changes = Readonly<Record<string, unknown>>;

function without(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function sign(key: SigningKey, header: Omit<JWTHeaderParameters, 'alg'>, claims: Changes): Promise<string> {
  return new SignJWT(without(claims)).setProtectedHeader({ alg: key.alg, ...header }).sign(key.privateKey);
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

export function signAssertion(
  org: RunningOrg,
  { clientId, key }: { clientId: string; key: SigningKey },
  changes: Changes = {},
  header: Omit<JWTHeaderParameters, 'alg'> = { kid: key.publicJwk.kid },
): Promise<string> {
  const good = { iss: clientId, sub: clientId, aud: `${org.url}/oauth2/v1/token`, exp: nowSeconds() + 300 };
  return sign(key, header, { ...good, jti: randomUUID(), ...changes });
}

/** A DPoP proof for a request: its method, and its URL without a query. */
export function signProof(
  key: SigningKey,
  [method, url]: readonly [method: string, url: string],
  changes: Changes = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const claims = { htm: method, htu: url, iat: nowSeconds(), jti: randomUUID(), ...changes };
  return sign(key, { typ: 'dpop+jwt', jwk: key.publicJwk, ...header }, claims);
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** An app that is registered with an org, and its keys. */
export interface RegisteredApp {
  clientId: string;
  key: SigningKey;
  proofKey: SigningKey;
}

export async function registerApp(org: RunningOrg, changes: Changes = {}): Promise<RegisteredApp> {
  const [key, proofKey] = [await makeKey('ES256', 'key-1'), await makeKey('ES256')];
  const body = { jwks: { keys: [key.publicJwk] }, scopes: ['okta.users.read'], ...changes };
  const reply = await org.call('POST', '/sim/apps', body, { Authorization: '' });
  const { clientId } = bodyOf(z.looseObject({ clientId: z.string() }), reply);
  return { clientId, key, proofKey };
}

/** Sends a form to the token endpoint without its undefined fields. */
export async function askToken(
  org: RunningOrg,
  form: Readonly<Record<string, string | undefined>>,
  proof?: string,
): Promise<Reply> {
  const good = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    scope: 'okta.users.read',
  };
  const fields = Object.entries({ ...good, ...form }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  const response = await fetch(new URL('/oauth2/v1/token', org.url), {
    method: 'POST',
    body: new URLSearchParams(fields),
    ...(proof === undefined ? {} : { headers: { DPoP: proof } }),
  });
  const body: unknown = await response.json();
  return { status: response.status, headers: response.headers, body };
}

/** Gets an access token for an app, with a DPoP nonce if `dpop` is set. */
export async function grantedToken(
  org: RunningOrg,
  app: RegisteredApp,
  { dpop = true, scope = 'okta.users.read' }: { dpop?: boolean; scope?: string } = {},
): Promise<string> {
  const ask = async (nonce?: string): Promise<Reply> => {
    const proof = dpop ? await signProof(app.proofKey, ['POST', `${org.url}/oauth2/v1/token`], { nonce }) : undefined;
    return askToken(org, { client_assertion: await signAssertion(org, app), scope }, proof);
  };
  const first = await ask();
  const reply = dpop ? await ask(first.headers.get('dpop-nonce') ?? '') : first;
  return bodyOf(z.looseObject({ access_token: z.string() }), reply).access_token;
}
