import { hasSchema } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { listConnections, readConnection } from '@keycourier/ledger/directory/connections/connections';
import { noRequests, readRecentCounts, type RecentCounts } from '@keycourier/ledger/directory/connections/counts';
import { listFailures, type Failure } from '@keycourier/ledger/directory/connections/failures';
import { listTokens, type ListedToken } from '@keycourier/ledger/directory/connections/tokens';
import type { Tables } from '@keycourier/ledger/tables';
import type { Kysely } from 'kysely';

export interface ConnectionState {
  connection: Connection;
  tokens: readonly ListedToken[];
  counts: RecentCounts;
}

export interface ConnectionDetails extends ConnectionState {
  failures: readonly Failure[];
}

interface Reading {
  ledger: Kysely<Tables>;
  now: () => Date;
}

/** The connections of all tenants; reads no sealed column. Null until the worker has created the ledger's tables. */
export async function readConnections({ ledger, now }: Reading): Promise<readonly ConnectionState[] | null> {
  if (!(await hasSchema(ledger))) return null;
  const tenants = await ledger.selectFrom('scim_connections').select('tenant').distinct().orderBy('tenant').execute();
  const states: ConnectionState[] = [];
  for (const { tenant } of tenants) {
    const counts = await readRecentCounts({ db: ledger, now }, tenant);
    for (const connection of await listConnections({ db: ledger }, tenant))
      states.push(await stateOf(ledger, connection, counts));
  }
  return states;
}

/** Null where there is none with this id. */
export async function readOneConnection({ ledger, now }: Reading, id: string): Promise<ConnectionDetails | null> {
  if (!/^[0-9a-z]{26}$/.test(id) || !(await hasSchema(ledger))) return null;
  const row = await ledger.selectFrom('scim_connections').select('tenant').where('id', '=', id).executeTakeFirst();
  const connection = row === undefined ? null : await readConnection({ db: ledger }, row.tenant, id);
  if (connection === null) return null;
  const { tenant } = connection;
  const state = await stateOf(ledger, connection, await readRecentCounts({ db: ledger, now }, tenant));
  return { ...state, failures: await listFailures({ db: ledger }, { tenant, connectionId: id, limit: 50 }) };
}

async function stateOf(
  ledger: Kysely<Tables>,
  connection: Connection,
  counts: ReadonlyMap<string, RecentCounts>,
): Promise<ConnectionState> {
  const { tenant, id: connectionId } = connection;
  const tokens = await listTokens({ db: ledger }, { tenant, connectionId });
  return { connection, tokens, counts: counts.get(connectionId) ?? noRequests };
}
