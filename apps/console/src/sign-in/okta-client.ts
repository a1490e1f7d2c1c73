import type { SignInConfig } from '@keycourier/config/console';
import * as oidc from 'openid-client';
import { z } from 'zod';

import type { Identity } from './okta-roles.ts';

/** What a browser keeps between the start of a sign-in and its end. */
export const transactionSchema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The path to open afterwards. */
  to: z.string(),
  startedAtMs: z.int(),
  /** The reference of the session that steps up; null for a sign-in. */
  session: z.string().nullable(),
});

export type Transaction = z.output<typeof transactionSchema>;

export type SignInFailure =
  /** Okta cannot be reached, or answers with an error of its own. */
  | 'unavailable'
  /** The answer is not for this browser's request: it is too old, was used before, or was forged. */
  | 'not_ours'
  /** Okta refused, as for a user to whom the app is not assigned. */
  | 'refused'
  /** The user has no authenticator of the level. */
  | 'unmet'
  /** Okta ignored the level or the age that was requested, and said so only by what it answered. */
  | 'too_weak';

export type Finished =
  | { outcome: 'identified'; identity: Identity; idToken: string }
  | { outcome: 'failed'; failure: SignInFailure; cause?: unknown };

/** The company's Okta, as an OpenID provider. Nothing is read from it before it is needed. */
export interface OktaClient {
  /** The address to send the browser to. @throws SignInUnavailable */
  begin: (transaction: Transaction, redirectUri: string) => Promise<URL>;
  finish: (transaction: Transaction, currentUrl: URL) => Promise<Finished>;
  /** Where the session at Okta ends; null where the provider has no such place, or cannot be reached. */
  signOutUrl: (idToken: string, returnTo: string) => Promise<URL | null>;
}

/** Okta's discovery cannot be read. */
export class SignInUnavailable extends Error {
  readonly code = 'okta_unavailable';
  readonly level = 'warn';

  constructor(cause: unknown) {
    super('The discovery document of the sign-in provider cannot be read', { cause });
    this.name = 'SignInUnavailable';
  }
}

const scope = 'openid profile email groups';

export const newTransaction = (fields: Pick<Transaction, 'to' | 'session'>, now: Date): Transaction => ({
  ...fields,
  state: oidc.randomState(),
  nonce: oidc.randomNonce(),
  verifier: oidc.randomPKCECodeVerifier(),
  startedAtMs: now.getTime(),
});

interface OktaClientOptions {
  /** Read at each use, since it may be rotated. */
  secret: () => Promise<string>;
  /** For each of Okta's answers; five by default. */
  timeoutSeconds?: number | undefined;
}

export function createOktaClient(config: SignInConfig, options: OktaClientOptions): OktaClient {
  const discover = createDiscovery(config, options);
  return {
    async begin({ state, nonce, verifier, session }, redirectUri) {
      return oidc.buildAuthorizationUrl(await discover(), {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(session === null ? {} : { acr_values: config.stepUp, max_age: '0' }),
      });
    },
    async finish(transaction, currentUrl) {
      try {
        return await exchange(await discover(), { config, transaction, currentUrl });
      } catch (error) {
        return { outcome: 'failed', failure: failureOf(error), cause: error };
      }
    },
    async signOutUrl(idToken, returnTo) {
      const server = await discover().catch(() => null);
      if (server?.serverMetadata().end_session_endpoint === undefined) return null;
      return oidc.buildEndSessionUrl(server, { id_token_hint: idToken, post_logout_redirect_uri: returnTo });
    },
  };
}

/** Read once; a failure is not kept, so that the next sign-in tries again. */
function createDiscovery(
  config: SignInConfig,
  { secret, timeoutSeconds = 5 }: OktaClientOptions,
): () => Promise<oidc.Configuration> {
  const issuer = new URL(config.issuer);
  let known: { secret: string; server: Promise<oidc.Configuration> } | undefined;
  return async () => {
    const current = await secret();
    if (known?.secret !== current)
      known = {
        secret: current,
        server: oidc.discovery(issuer, config.clientId, undefined, oidc.ClientSecretBasic(current), {
          timeout: timeoutSeconds,
          execute: issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [],
        }),
      };
    try {
      return await known.server;
    } catch (cause) {
      known = undefined;
      throw new SignInUnavailable(cause);
    }
  };
}

const claimsSchema = z.looseObject({
  sub: z.string().min(1),
  preferred_username: z.string().min(1).optional(),
  email: z.string().optional(),
  /** One group may come as a text. */
  groups: z.union([z.array(z.string()), z.string().transform((name) => [name])]).optional(),
});

interface Exchange {
  config: SignInConfig;
  transaction: Transaction;
  currentUrl: URL;
}

async function exchange(server: oidc.Configuration, { config, transaction, currentUrl }: Exchange): Promise<Finished> {
  const tokens = await oidc.authorizationCodeGrant(server, currentUrl, {
    expectedState: transaction.state,
    expectedNonce: transaction.nonce,
    pkceCodeVerifier: transaction.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined || tokens.id_token === undefined) return { outcome: 'failed', failure: 'not_ours' };
  const isStepUp = transaction.session !== null;
  if (isStepUp && !meetsStepUp(claims, { level: config.stepUp, sinceMs: transaction.startedAtMs }))
    return { outcome: 'failed', failure: 'too_weak' };
  // An org's own authorization server leaves the groups out of an ID token that comes with an access token.
  const fromUserInfo = await oidc.fetchUserInfo(server, tokens.access_token, claims.sub);
  return {
    outcome: 'identified',
    identity: identityOf(claimsSchema.parse(claims), claimsSchema.parse(fromUserInfo)),
    idToken: tokens.id_token,
  };
}

type Claims = z.output<typeof claimsSchema>;

function identityOf(idToken: Claims, userInfo: Claims): Identity {
  const login =
    userInfo.preferred_username ?? idToken.preferred_username ?? userInfo.email ?? idToken.email ?? idToken.sub;
  return { id: idToken.sub, login, groups: [...new Set([...(idToken.groups ?? []), ...(userInfo.groups ?? [])])] };
}

/** By how much Okta's clock may be behind ours. */
const clockToleranceMs = 30_000;

/** The levels that satisfy a level: a hardware-bound key is a FIDO2 one, and both are two factors. */
const satisfiedBy: Readonly<Record<SignInConfig['stepUp'], readonly string[]>> = {
  phrh: ['phrh'],
  phr: ['phr', 'phrh'],
  'urn:okta:loa:2fa:any': ['urn:okta:loa:2fa:any', 'phr', 'phrh'],
};

/** Okta ignores values that it does not know without a word: only the answer says what the user did, and when. */
export function meetsStepUp(
  { acr, auth_time: authTime }: { acr?: unknown; auth_time?: unknown },
  { level, sinceMs }: { level: SignInConfig['stepUp']; sinceMs: number },
): boolean {
  const isFresh = typeof authTime === 'number' && authTime * 1_000 >= sinceMs - clockToleranceMs;
  return isFresh && typeof acr === 'string' && satisfiedBy[level].includes(acr);
}

function failureOf(error: unknown): SignInFailure {
  if (error instanceof SignInUnavailable) return 'unavailable';
  if (error instanceof oidc.AuthorizationResponseError)
    return error.error === 'unmet_authentication_requirements' ? 'unmet' : 'refused';
  // The code was refused: it is used, too old, or of another request.
  if (error instanceof oidc.ResponseBodyError) return error.error === 'invalid_grant' ? 'not_ours' : 'unavailable';
  if (error instanceof oidc.ClientError && isOfAnswer(error)) return 'not_ours';
  return 'unavailable';
}

const isOfAnswer = ({ code }: oidc.ClientError): boolean =>
  code === 'OAUTH_INVALID_RESPONSE' || code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' || code === 'OAUTH_INVALID_REQUEST';
