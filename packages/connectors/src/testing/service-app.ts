import type { RunningOrg } from '@keycourier/okta-simulator/testing/running-org';
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose';
import { z } from 'zod';

import { standardScopes, type ServiceApp } from '../okta/settings.ts';

/** A service app's key in each of its formats. */
export interface AppKey {
  pem: string;
  /** The private JWK as text. */
  jwk: string;
  publicJwk: JWK;
}

export async function makeAppKey(alg: string, kid?: string): Promise<AppKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const named = kid === undefined ? {} : { kid };
  return {
    pem: await exportPKCS8(privateKey),
    jwk: JSON.stringify({ ...(await exportJWK(privateKey)), ...named }),
    publicJwk: { ...(await exportJWK(publicKey)), ...named },
  };
}

/** Registers an app with an org as its administrator would, or replaces the keys, scopes and roles of the app with that id. */
export async function registerApp(
  org: RunningOrg,
  {
    keys,
    ...app
  }: {
    keys: readonly AppKey[];
    clientId?: string;
    dpop?: boolean;
    scopes?: readonly string[];
    roles?: readonly Readonly<Record<string, unknown>>[];
  },
): Promise<string> {
  const jwks = { keys: keys.map(({ publicJwk }) => publicJwk) };
  const { body } = await org.call('POST', '/sim/apps', { scopes: standardScopes, ...app, jwks });
  return z.looseObject({ clientId: z.string() }).parse(body).clientId;
}

/** An app that signs in with this key. */
export function appWith(clientId: string, key: AppKey): ServiceApp {
  return { clientId, privateKey: () => key.jwk };
}
