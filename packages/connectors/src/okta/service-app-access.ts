import { generateKeyPair, generateProof, type KeyPair } from 'dpop';

import type { HttpAnswer } from '../http/exchange.ts';
import type { Guard } from '../resilience.ts';
import type { Access } from './access.ts';
import { challengeOf } from './challenge.ts';
import { requestToken, type AccessToken } from './request-token.ts';
import { standardScopes, type OktaSettings, type ServiceApp } from './settings.ts';

interface CachedToken extends AccessToken {
  /** Set to the past when the org refuses the token. */
  validUntilMs: number;
}

/** The state of one tenant's app at its org. */
interface Session {
  token: Promise<CachedToken> | null;
  /** The token endpoint and the resources may each require a nonce of their own. */
  nonces: { token?: string; resource?: string };
}

interface App {
  tenant: string;
  settings: OktaSettings;
  app: ServiceApp;
}

type Prove = (method: string, url: URL, claims: { nonce?: string | undefined; token?: string }) => Promise<string>;

/** A token is not used in its last minute, nor in the last half of a short life. */
const spareMs = 60_000;

export type ServiceAppAccess = (tenant: string, settings: OktaSettings, app: ServiceApp) => Promise<Access>;

/**
 * Access by OAuth: one token for each tenant, requested once for all concurrent calls, and bound to a DPoP key that is
 * created for this process and never leaves it. The org decides whether a token is bound.
 */
export function createServiceAppAccess(guard: Guard, now: () => number): ServiceAppAccess {
  const sessions = new Map<string, Session>();
  let keys: Promise<KeyPair> | undefined;
  const prove: Prove = async (method, url, { nonce, token }) => {
    keys ??= generateKeyPair('ES256');
    return generateProof(await keys, url.origin + url.pathname, method, nonce, token);
  };
  const request = async ({ tenant, settings, app }: App, { nonces }: Session): Promise<CachedToken> => {
    const requestedAtMs = now();
    // Repeating the request is harmless: a token that never arrived is used by no call.
    const token = await guard(tenant, 'read', () =>
      requestToken({
        settings,
        app,
        proof: (url) => prove('POST', url, { nonce: nonces.token }),
        learnNonce: (answer) => learnNonce(nonces, 'token', answer),
      }),
    );
    return { ...token, validUntilMs: requestedAtMs + token.lifeMs - Math.min(spareMs, token.lifeMs / 2) };
  };
  return async (tenant, settings, app) => {
    const session = sessionOf(sessions, { tenant, settings, app });
    const token = await validToken(session, now, () => request({ tenant, settings, app }, session));
    return accessOf(session, token, prove);
  };
}

function sessionOf(sessions: Map<string, Session>, { tenant, settings, app }: App): Session {
  const key = JSON.stringify([tenant, settings.orgUrl, app.clientId, app.scopes ?? standardScopes]);
  const session = sessions.get(key) ?? { token: null, nonces: {} };
  sessions.set(key, session);
  return session;
}

/** The session's token while it is valid, else a new one, which concurrent callers share. */
async function validToken(
  session: Session,
  now: () => number,
  request: () => Promise<CachedToken>,
): Promise<CachedToken> {
  const start = (): Promise<CachedToken> => {
    const requested = request();
    session.token = requested;
    requested.catch(() => forget(session, requested));
    return requested;
  };
  const pending = session.token ?? start();
  const token = await pending;
  if (now() < token.validUntilMs) return token;
  forget(session, pending);
  return session.token ?? start();
}

/** Only this token: another call may have stored a new one meanwhile. */
function forget(session: Session, token: Promise<CachedToken>): void {
  if (session.token === token) session.token = null;
}

function accessOf(session: Session, token: CachedToken, prove: Prove): Access {
  const { type, value } = token;
  return {
    headers: async (method, url) => ({
      authorization: `${type} ${value}`,
      ...(type === 'DPoP' ? { dpop: await prove(method, url, { nonce: session.nonces.resource, token: value }) } : {}),
    }),
    renew: (answer) => {
      const hasNonce = learnNonce(session.nonces, 'resource', answer);
      if (challengeOf(answer)?.error === 'use_dpop_nonce') return hasNonce ? 'nonce' : null;
      if (answer.status !== 401) return null;
      token.validUntilMs = Number.NEGATIVE_INFINITY;
      return 'token';
    },
  };
}

function learnNonce(nonces: Session['nonces'], of: 'token' | 'resource', { headers }: HttpAnswer): boolean {
  const nonce = headers['dpop-nonce'];
  if (nonce === undefined) return false;
  nonces[of] = nonce;
  return true;
}
