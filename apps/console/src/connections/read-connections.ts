import type { Ledger } from '@keycourier/ledger/connect-ledger';
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

type Reading = Pick<Ledger, 'db' | 'now'>;

/** A tenant's connections; reads no sealed column. */
export async function readConnections({ db, now }: Reading, tenant: string): Promise<readonly ConnectionState[]> {
  const counts = await readRecentCounts({ db, now }, tenant);
  const states: ConnectionState[] = [];
  for (const connection of await listConnections({ db }, tenant)) states.push(await stateOf(db, connection, counts));
  return states;
}

/** Null where the tenant has none with this id. */
export async function readOneConnection(
  { db, now }: Reading,
  tenant: string,
  id: string,
): Promise<ConnectionDetails | null> {
  const connection = /^[0-9a-z]{26}$/.test(id) ? await readConnection({ db }, tenant, id) : null;
  if (connection === null) return null;
  const state = await stateOf(db, connection, await readRecentCounts({ db, now }, tenant));
  return { ...state, failures: await listFailures({ db }, { tenant, connectionId: id, limit: 50 }) };
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
