import { sql, type Selectable } from 'kysely';
import pg from 'pg';

import { inTransaction, type Ledger } from '../../connect-ledger.ts';
import { newConnectionId } from '../../new-id.ts';
import type { Tables } from '../../tables.ts';
import { mappingRow, userNameRules, type Connection, type ConnectionOptions } from './connection.ts';
import { insertToken, type NewToken } from './tokens.ts';

export interface NewConnection {
  tenant: string;
  /** The API key or operator that creates it. */
  createdBy: string | null;
  options: ConnectionOptions;
  /** The secret of its first token; a fresh one by default. */
  secret?: string;
  /** When its first token stops working; null: never. */
  expiresAt?: Date | null;
}

export type CreatedConnection = { outcome: 'created'; connection: Connection; token: NewToken } | NameTaken;

type NameTaken = { outcome: 'name_taken' };

/** Creates a connection and its first bearer token, which is shown this once. */
export async function createConnection(
  ledger: Ledger,
  { tenant, createdBy, options, secret, expiresAt = null }: NewConnection,
): Promise<CreatedConnection> {
  return orNameTaken(() =>
    inTransaction(ledger.db, async (tx) => {
      const row = await tx
        .insertInto('scim_connections')
        .values({
          id: newConnectionId(),
          tenant,
          name: options.name,
          created_by: createdBy,
          created_at: ledger.now(),
          ...columnsOf(options),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const token = await insertToken(tx, { connectionId: row.id, kind: 'bearer', secret, expiresAt });
      return { outcome: 'created', connection: toConnection(row), token };
    }),
  );
}

/** A tenant's connections, newest first, the revoked ones with them: they own people. */
export async function listConnections({ db }: Pick<Ledger, 'db'>, tenant: string): Promise<readonly Connection[]> {
  const rows = await db
    .selectFrom('scim_connections')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toConnection);
}

/** Null for another tenant's, as for none. */
export async function readConnection(
  { db }: Pick<Ledger, 'db'>,
  tenant: string,
  id: string,
): Promise<Connection | null> {
  const row = await db
    .selectFrom('scim_connections')
    .selectAll()
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row === undefined ? null : toConnection(row);
}

export interface ConnectionToUpdate {
  tenant: string;
  id: string;
  /** Those that change. */
  options: Partial<ConnectionOptions>;
}

/** Requests that run already keep the options that they began with. */
export async function updateConnection(
  { db }: Pick<Ledger, 'db'>,
  { tenant, id, options }: ConnectionToUpdate,
): Promise<{ outcome: 'updated'; connection: Connection } | { outcome: 'not_found' } | NameTaken> {
  const columns = columnsOf(options);
  return orNameTaken(async () => {
    const row = await db
      .updateTable('scim_connections')
      // An update has to set something.
      .set(({ ref }) => ({ tenant: ref('tenant'), ...columns }))
      .where('id', '=', id)
      .where('tenant', '=', tenant)
      .where('revoked_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? { outcome: 'not_found' } : { outcome: 'updated', connection: toConnection(row) };
  });
}

/** Ends a connection and all its tokens. The people that it owns stay, for another connection to take over. */
export async function revokeConnection(
  { db, now }: Pick<Ledger, 'db' | 'now'>,
  tenant: string,
  id: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('scim_connections')
    .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${now()})` })
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function columnsOf(options: Partial<ConnectionOptions>) {
  return {
    ...(options.name !== undefined && { name: options.name }),
    ...(options.sendEnrollmentMails !== undefined && { send_enrollment_mails: options.sendEnrollmentMails }),
    ...(options.includeManual !== undefined && { include_manual: options.includeManual }),
    ...(options.readAll !== undefined && { read_all: options.readAll }),
    ...(options.takeOverByLocalPart !== undefined && { take_over_by_local_part: options.takeOverByLocalPart }),
    ...(options.mapping !== undefined && { mapping: JSON.stringify(options.mapping) }),
    ...(options.userNameRules !== undefined && { user_name_rules: JSON.stringify(options.userNameRules) }),
  };
}

export function toConnection(row: Selectable<Tables['scim_connections']>): Connection {
  return {
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    sendEnrollmentMails: row.send_enrollment_mails,
    includeManual: row.include_manual,
    readAll: row.read_all,
    takeOverByLocalPart: row.take_over_by_local_part,
    mapping: mappingRow.array().parse(row.mapping),
    userNameRules: userNameRules.parse(row.user_name_rules),
    createdBy: row.created_by,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    lastRequestAt: row.last_request_at,
  };
}

async function orNameTaken<Result>(work: () => Promise<Result>): Promise<Result | NameTaken> {
  try {
    return await work();
  } catch (error) {
    if (isNameTaken(error)) return { outcome: 'name_taken' };
    throw error;
  }
}

const isNameTaken = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'scim_connections_by_name';
