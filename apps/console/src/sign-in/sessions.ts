import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

import connectPgSimple from 'connect-pg-simple';
import type { Request, RequestHandler } from 'express';
import session, { type Session, type SessionData } from 'express-session';
import type { Pool } from 'pg';

import { consoleSchema } from '../database.ts';
import type { Operator } from './operator.ts';

declare module 'express-session' {
  interface SessionData {
    operator?: Operator;
    /** Milliseconds since 1970. */
    signedInAt?: number;
    /** Of the last sign-in that was fresh and strong enough for what concerns a PIN. */
    steppedUpAt?: number;
    /** Okta's ID token, sealed: its sign-out needs it. */
    sealedIdToken?: string;
  }
}

/** A session ends an hour after the operator's last page or change; polling does not extend it. */
export const idleSeconds = 3_600;
/** It ends eight hours after the sign-in in any case. */
export const absoluteMs = 8 * 3_600_000;
/** For how long a step-up is good. */
export const stepUpMs = 5 * 60_000;

const PgStore = connectPgSimple(session);

/** Sessions in Postgres. express-session touches a session with each request; here, only `extend` prolongs it. */
export class SessionStore extends PgStore {
  override touch(_id: string, _data: SessionData, callback?: () => void): void {
    callback?.();
  }

  extend(request: Request): Promise<void> {
    return new Promise((resolve, reject) => {
      super.touch(request.sessionID, request.session, (error?: Error | null) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}

export const createSessionStore = (pool: Pool, onError: () => void): SessionStore =>
  new SessionStore({ pool, schemaName: consoleSchema, tableName: 'session', ttl: idleSeconds, errorLog: onError });

/** `__Host-` over HTTPS. Local stacks share a host, so the name is derived from the secret of each. */
export function sessionCookieName(options: { secure: boolean; secret: string }): string {
  if (options.secure) return '__Host-keycourier-console';
  return `keycourier-console-${createHash('sha256').update(options.secret).digest('hex').slice(0, 8)}`;
}

/** No cookie and no row before a sign-in. The cookie lasts until the browser closes; the row decides when the session ends. */
export function sessions(options: { store: SessionStore; secret: string; secure: boolean }): RequestHandler {
  return session({
    store: options.store,
    secret: options.secret,
    name: sessionCookieName(options),
    resave: false,
    saveUninitialized: false,
    // `strict` is not sent on the way back from Okta, nor from a link in a mail: forms have a token and their origin is checked.
    cookie: { httpOnly: true, sameSite: 'lax', secure: options.secure, path: '/' },
  });
}

/** Starts a session with a new id, so that an id known before the sign-in is worthless. */
export async function beginSession(
  request: Request,
  { operator, now, sealedIdToken }: { operator: Operator; now: Date; sealedIdToken?: string },
): Promise<void> {
  await call(request.session, 'regenerate');
  await keep(request, {
    operator,
    signedInAt: now.getTime(),
    ...(sealedIdToken === undefined ? {} : { sealedIdToken }),
  });
}

/** Records a step-up, with a new id again: one that was known before has no more rights than it had. */
export async function elevateSession(
  request: Request,
  { operator, now }: { operator: Operator; now: Date },
): Promise<void> {
  const { signedInAt = now.getTime(), sealedIdToken } = request.session;
  await call(request.session, 'regenerate');
  const kept = sealedIdToken === undefined ? {} : { sealedIdToken };
  await keep(request, { operator, signedInAt, steppedUpAt: now.getTime(), ...kept });
}

export function hasSteppedUp(request: Request, now: Date): boolean {
  const { steppedUpAt } = request.session;
  return steppedUpAt !== undefined && now.getTime() - steppedUpAt < stepUpMs;
}

async function keep(request: Request, data: Omit<SessionData, 'cookie'>): Promise<void> {
  Object.assign(request.session, data);
  await call(request.session, 'save');
}

export const endSession = (request: Request): Promise<void> => call(request.session, 'destroy');

async function call(target: Session, method: 'regenerate' | 'save' | 'destroy'): Promise<void> {
  await promisify((done: (error: unknown) => void) => target[method](done))();
}
