import { generateKeyPair, generateProof, type KeyPair } from 'dpop';

import type { HttpAnswer } from '../http/exchange.ts';
import type { Guard } from '../resilience.ts';
import type { Access } from './access.ts';
import { challengeOf } from './challenge.ts';
import { requestToken, type AccessToken } from './request-token.ts';
import { standardScopes, type OktaSettings, type ServiceApp } from './settings.ts';

interface HeldToken extends AccessToken {
  /** Over at once when the org refuses it. */
  goodUntilMs: number;
}

/** What is known of one tenant's app at its org. */
interface Session {
  token: Promise<HeldToken> | null;
  /** The token call and the resources may each ask for a nonce of their own. */
  nonces: { token?: string; resource?: string };
}

type Prove = (method: string, url: URL, nonce?: string, token?: string) => Promise<string>;

/** A token is not used in its last minute, nor in the last half of a short life. */
const spareMs = 60_000;

export type ServiceAppAccess = (tenant: string, settings: OktaSettings, app: ServiceApp) => Promise<Access>;

/**
 * Access with OAuth: a token for each tenant, asked for once by however many calls wait for it, and bound to a DPoP key
 * that is made for this process and never leaves it. Whether a token is bound is for the org to say.
 */
export function createServiceAppAccess(guard: Guard, now: () => number): ServiceAppAccess {
  const sessions = new Map<string, Session>();
  let keys: Promise<KeyPair> | undefined;
  const prove: Prove = async (method, url, nonce, token) => {
    keys ??= generateKeyPair('ES256');
    return generateProof(await keys, url.origin + url.pathname, method, nonce, token);
  };
  const ask = async (tenant: string, session: Session, settings: OktaSettings, app: ServiceApp): Promise<HeldToken> => {
    const { nonces } = session;
    const askedAtMs = now();
    // Asking again is harmless: a token that got lost is one that nobody uses.
    const token = await guard(tenant, 'read', () =>
      requestToken({
        settings,
        app,
        proof: (url) => prove('POST', url, nonces.token),
        learnNonce: (answer) => learnNonce(nonces, 'token', answer),
      }),
    );
    return { ...token, goodUntilMs: askedAtMs + token.lifeMs - Math.min(spareMs, token.lifeMs / 2) };
  };
  return async (tenant, settings, app) => {
    const session = sessionOf(sessions, tenant, settings, app);
    const token = await heldToken(session, now, () => ask(tenant, session, settings, app));
    return accessOf(session, token, prove);
  };
}

function sessionOf(sessions: Map<string, Session>, tenant: string, settings: OktaSettings, app: ServiceApp): Session {
  const key = JSON.stringify([tenant, settings.orgUrl, app.clientId, app.scopes ?? standardScopes]);
  const session = sessions.get(key) ?? { token: null, nonces: {} };
  sessions.set(key, session);
  return session;
}

/** The session's token while it is good, else a new one; whoever comes while it is asked for waits for the same. */
async function heldToken(session: Session, now: () => number, ask: () => Promise<HeldToken>): Promise<HeldToken> {
  const start = (): Promise<HeldToken> => {
    const asked = ask();
    session.token = asked;
    asked.catch(() => forget(session, asked));
    return asked;
  };
  const pending = session.token ?? start();
  const token = await pending;
  if (now() < token.goodUntilMs) return token;
  forget(session, pending);
  return session.token ?? start();
}

/** Only that one: another call may have brought a new one meanwhile. */
function forget(session: Session, token: Promise<HeldToken>): void {
  if (session.token === token) session.token = null;
}

function accessOf(session: Session, token: HeldToken, prove: Prove): Access {
  const { type, value } = token;
  return {
    headers: async (method, url) => ({
      authorization: `${type} ${value}`,
      ...(type === 'DPoP' ? { dpop: await prove(method, url, session.nonces.resource, value) } : {}),
    }),
    renew: (answer) => {
      const hasNonce = learnNonce(session.nonces, 'resource', answer);
      if (challengeOf(answer)?.error === 'use_dpop_nonce') return hasNonce ? 'nonce' : null;
      if (answer.status !== 401) return null;
      token.goodUntilMs = Number.NEGATIVE_INFINITY;
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
