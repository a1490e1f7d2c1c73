import { createHash, createHmac, randomUUID } from 'node:crypto';
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
    /** Names the session on pages and in the audit, also after a step-up. It is no secret: the id is another. */
    reference?: string;
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

export const newReference = (): string => randomUUID();

const PgStore = connectPgSimple(session);

/** Sessions in Postgres. express-session touches a session with each request; here, only `extend` prolongs it. */
export class SessionStore extends PgStore {
  readonly #pool: Pool;

  constructor(pool: Pool, onError: () => void) {
    super({ pool, schemaName: consoleSchema, tableName: 'session', ttl: idleSeconds, errorLog: onError });
    this.#pool = pool;
  }

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

  /** Deletes the session of a request; false where it has ended since the request came. */
  async take({ sessionID }: Request): Promise<boolean> {
    const table = `${consoleSchema}.session`;
    return (await this.#pool.query(`delete from ${table} where sid = $1 returning sid`, [sessionID])).rowCount === 1;
  }
}

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

interface NewSession {
  operator: Operator;
  reference: string;
  now: Date;
  sealedIdToken?: string;
}

/** Starts a session with a new id, so that an id known before the sign-in is worthless. */
export async function beginSession(
  request: Request,
  { operator, reference, now, sealedIdToken }: NewSession,
): Promise<void> {
  await call(request.session, 'regenerate');
  await keep(request, {
    operator,
    reference,
    signedInAt: now.getTime(),
    ...(sealedIdToken === undefined ? {} : { sealedIdToken }),
  });
}

interface Elevation {
  operator: Operator;
  now: Date;
  store: SessionStore;
}

/**
 * Records a step-up, with a new id again: one that was known before has no more rights than it had.
 * @returns false where the session was ended meanwhile: it does not come back
 */
export async function elevateSession(request: Request, { operator, now, store }: Elevation): Promise<boolean> {
  const { signedInAt = now.getTime(), reference = newReference(), sealedIdToken } = request.session;
  if (!(await store.take(request))) return false;
  await call(request.session, 'regenerate');
  const kept = sealedIdToken === undefined ? {} : { sealedIdToken };
  await keep(request, { operator, reference, signedInAt, steppedUpAt: now.getTime(), ...kept });
  return true;
}

export function hasSteppedUp(request: Request, now: Date): boolean {
  const { steppedUpAt } = request.session;
  return steppedUpAt !== undefined && now.getTime() - steppedUpAt < stepUpMs;
}

/** For as long as the sentence stands: also when the page is read again meanwhile. */
const doneMs = 60_000;

/**
 * Says in the address of the next page what was done. It is good in this session alone and for a minute, so that no link says of
 * something that it was done. Kept in the session, it would bring one back that was ended meanwhile.
 */
export function doneQuery(
  request: Request,
  { now }: { now: Date },
  done: { shipmentId: string; action: string },
): string {
  const at = now.getTime();
  return `?did=${done.action}.${at}.${macOf(request, { ...done, at })}`;
}

/** What was done to the shipment, where the address says so and is ours. */
export function doneTo(request: Request, { now }: { now: Date }, shipmentId: string): string | null {
  const { did } = request.query;
  const [action = '', at = '', mac] = typeof did === 'string' ? did.split('.') : [];
  const ageMs = now.getTime() - Number(at);
  const isOurs = ageMs >= 0 && ageMs < doneMs && mac === macOf(request, { shipmentId, action, at: Number(at) });
  return isOurs ? action : null;
}

const macOf = (
  { sessionID }: Request,
  { shipmentId, action, at }: { shipmentId: string; action: string; at: number },
) => createHmac('sha256', sessionID).update(`${shipmentId} ${action} ${at}`).digest('base64url');

async function keep(request: Request, data: Omit<SessionData, 'cookie'>): Promise<void> {
  Object.assign(request.session, data);
  await call(request.session, 'save');
}

export const endSession = (request: Request): Promise<void> => call(request.session, 'destroy');

async function call(target: Session, method: 'regenerate' | 'save' | 'destroy'): Promise<void> {
  await promisify((done: (error: unknown) => void) => target[method](done))();
}
