import { stopBulkActionsOf } from '@keycourier/ledger/bulk/bulk-actions';
import { inTransaction, type Database } from '@keycourier/ledger/connect-ledger';
import { prepared } from '@keycourier/ledger/prepared';
import { sql } from 'kysely';
import { z } from 'zod';

import { logAnchors, recordInTenants, type AuditContext } from '../audit/record.ts';
import { operatorSchema, roleIn, tenantsOf, type Operator } from '../sign-in/operator.ts';
import { validOperator, type SessionRules } from '../sign-in/require-operator.ts';
import { absoluteMs, idleSeconds } from '../sign-in/sessions.ts';

/** A valid session. */
export interface SignedInSession {
  reference: string;
  /** With the roles that they have now. */
  operator: Operator;
  signedInAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

const rowSchema = z.object({
  operator: operatorSchema,
  reference: z.string(),
  signedInAt: z.number(),
  idleAtMs: z.number(),
});

/** More than an installation has operators for. */
export const sessionsShown = 500;

/** The valid sessions, by operator and newest first; without their ids and ID tokens, which are not read. */
export async function listSessions(db: Database, rules: SessionRules): Promise<SignedInSession[]> {
  const { rows } = await sql`
    select sess->'operator' as operator, sess->>'reference' as reference,
      (sess->>'signedInAt')::float8 as "signedInAt", extract(epoch from expire::timestamptz)::float8 * 1000 as "idleAtMs"
    from console.session where expire >= localtimestamp
    order by sess->'operator'->>'user', (sess->>'signedInAt')::float8 desc limit ${sessionsShown}`.execute(db);
  return rows.flatMap((row) => {
    // A row of an earlier version is no valid session.
    const parsed = rowSchema.safeParse(row).data;
    const operator = parsed === undefined ? null : validOperator(parsed, rules);
    return parsed === undefined || operator === null ? [] : [toSession(parsed, operator)];
  });
}

const toSession = (
  { reference, signedInAt, idleAtMs }: z.output<typeof rowSchema>,
  operator: Operator,
): SignedInSession => ({
  reference,
  operator,
  signedInAt: new Date(signedInAt),
  lastUsedAt: new Date(idleAtMs - idleSeconds * 1_000),
  expiresAt: new Date(Math.min(idleAtMs, signedInAt + absoluteMs)),
});

/** One session, or all of an operator. */
export type Ended = { reference: string } | { operator: string };

/** Whose sessions end together: an Okta user by the id, since a login may change. */
export const accountOf = ({ oktaUserId, user }: Operator): string =>
  oktaUserId === null ? `local:${user}` : `okta:${oktaUserId}`;

interface EndRequest {
  ended: Ended;
  /** Of this installation. */
  tenants: readonly string[];
  by: Operator;
  reason: string | null;
  requestId: string | null;
}

/**
 * Ends sessions at once, with an audit entry in each tenant in which their operator had a role, in one transaction.
 * @returns how many
 */
export async function endSessions(
  { ledger, logger }: AuditContext,
  { ended, tenants, by, reason, requestId }: EndRequest,
): Promise<number> {
  const { count, recorded } = await inTransaction(ledger.db, async (tx) => {
    const sessions = await deleteSessions(tx, ended);
    await stopBulkActionsOf(
      { db: tx },
      sessions.map(({ reference }) => `session:${reference}`),
    );
    const entries = sessions.flatMap(({ reference, operator }) =>
      tenantsOf(operator, tenants).map((tenant) => ({
        tenant,
        actor: { kind: 'operator', id: by.user, role: roleIn(by, tenant) ?? 'none' } as const,
        action: 'session.ended' as const,
        subject: { kind: 'session', id: reference },
        detail: { source: operator.source },
        reason,
        requestId,
      })),
    );
    return { count: sessions.length, recorded: await recordInTenants({ ...ledger, db: tx }, entries) };
  });
  logAnchors(logger, recorded);
  return count;
}

const endedSchema = z.object({ reference: z.string(), operator: operatorSchema });

async function deleteSessions(db: Database, ended: Ended): Promise<z.output<typeof endedSchema>[]> {
  const which =
    'reference' in ended
      ? sql`sess->>'reference' = ${ended.reference}`
      : sql`coalesce('okta:' || (sess->'operator'->>'oktaUserId'), 'local:' || (sess->'operator'->>'user')) = ${ended.operator}`;
  const { rows } = await sql`
    delete from console.session where ${which}
    returning sess->>'reference' as reference, sess->'operator' as operator`.execute(db);
  return rows.flatMap((row) => endedSchema.safeParse(row).data ?? []);
}

/** Of these ids, those whose session has not ended: one query for all. */
export async function openSessions(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ sid: string }>`${prepared}
    select sid from console.session where sid = any(${ids}) and expire >= localtimestamp`.execute(db);
  return new Set(rows.map(({ sid }) => sid));
}
