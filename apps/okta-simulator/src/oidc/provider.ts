import { generateKeyPairSync, randomBytes } from 'node:crypto';

import type { Configuration, Provider } from 'oidc-provider';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { keep } from '../store/settings.ts';
import { claimsOf, findAccount } from './account.ts';
import { createAdapter } from './adapter.ts';

/** Where the custom authorization server "default" is; its issuer ends with it. */
export const mountPath = '/oauth2/default';

/** The levels that Okta documents (developer docs, "Step-up authentication using ACR values"). */
export const acrValues = [
  'urn:okta:loa:1fa:any',
  'urn:okta:loa:1fa:pwd',
  'urn:okta:loa:2fa:any',
  'urn:okta:loa:2fa:any:ifpossible',
  'phr',
  'phrh',
] as const;

/** Signs ID tokens and cookies; kept, so that a restart changes neither. */
async function keptKeys(org: Org) {
  const sealed = await keep(org.db, 'oidc-keys', {
    schema: z.string(),
    create: () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'oidc-1' };
      return org.sealing.seal(JSON.stringify({ jwk, cookie: randomBytes(32).toString('base64url') }));
    },
  });
  const schema = z.object({ jwk: z.looseObject({ kty: z.literal('RSA') }), cookie: z.string() });
  return schema.parse(JSON.parse(org.sealing.unseal(sealed)));
}

/** The authorization server of one address. Loaded with the first sign-in, since most orgs have none. */
export async function createProvider(
  org: Org,
  { origin, endSession }: { origin: string; endSession: boolean },
): Promise<Provider> {
  const { default: OidcProvider } = await import('oidc-provider');
  const provider = new OidcProvider(origin + mountPath, {
    ...configurationOf(org, await keptKeys(org)),
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: endSession, ...logoutPages } },
  });
  provider.on('server_error', (_context, error) => org.logger.error({ err: error }, 'sign-in failed'));
  return provider;
}

function configurationOf(org: Org, { jwk, cookie }: Awaited<ReturnType<typeof keptKeys>>): Configuration {
  return {
    adapter: createAdapter(org),
    jwks: { keys: [jwk] },
    cookies: { keys: [cookie] },
    acrValues,
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'], groups: ['groups'] },
    // The ID token has the claims of all scopes, also where an access token is issued with it.
    conformIdTokenClaims: false,
    pkce: { required: () => false },
    responseTypes: ['code'],
    interactions: { url: (_context, { uid }) => `${mountPath}/sign-in/${uid}` },
    routes: {
      authorization: '/v1/authorize',
      token: '/v1/token',
      userinfo: '/v1/userinfo',
      jwks: '/v1/keys',
      end_session: '/v1/logout',
    },
    clientBasedCORS: () => false,
    ttl: {
      AccessToken: 3_600,
      AuthorizationCode: 60,
      IdToken: 3_600,
      Interaction: 3_600,
      Session: 7_200,
      Grant: 7_200,
    },
    ...accounts(org),
    renderError(context, { error, error_description: description }) {
      context.type = 'html';
      context.body = page(
        '400',
        `<h1>400 Bad Request</h1><p>${escapeHtml(error)}: ${escapeHtml(description ?? '')}</p>`,
      );
    },
  };
}

const accounts = (org: Org): Pick<Configuration, 'findAccount' | 'loadExistingGrant'> => ({
  findAccount: async (_context, id) => {
    const user = await findAccount(org.db, { id });
    return user === undefined ? undefined : { accountId: id, claims: (use) => claimsOf(org, user, use) };
  },
  // An administrator of the org consents for all users.
  async loadExistingGrant({ oidc }) {
    const { accountId } = oidc.session ?? {};
    const clientId = oidc.client?.clientId;
    if (accountId === undefined || clientId === undefined) return undefined;
    const grant = new oidc.provider.Grant({ accountId, clientId });
    grant.addOIDCScope('openid profile email groups');
    await grant.save();
    return grant;
  },
});

export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);

export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · simulated Okta</title></head>
<body style="font:16px/1.5 system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem">${body}</body></html>`;

/** A real org signs out without a question; this one has a button, since its library has. */
const logoutPages: NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']> = {
  logoutSource(context, form) {
    context.body = page(
      'Sign out',
      `<h1>Sign out of the simulated Okta</h1>${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`,
    );
  },
  postLogoutSuccessSource(context) {
    context.body = page('Signed out', '<h1>You are signed out of the simulated Okta</h1>');
  },
};
