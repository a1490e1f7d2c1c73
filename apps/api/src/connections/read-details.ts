import type { Ledger } from '@keycourier/ledger/connect-ledger';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { listConnections, readConnection } from '@keycourier/ledger/directory/connections/connections';
import { noRequests, readRecentCounts } from '@keycourier/ledger/directory/connections/counts';
import { listFailures } from '@keycourier/ledger/directory/connections/failures';
import { listTokens } from '@keycourier/ledger/directory/connections/tokens';
import { z } from 'zod';

import type { Context } from '../context.ts';
import { connectionExample } from './connection-examples.ts';
import { toConnection, toDetails, type ConnectionState } from './connection-schema.ts';

type Source = Pick<Context, 'ledger' | 'scimUrl'>;

export const connectionParams = z.object({
  id: z.string().meta({ description: 'The id of a connection', example: connectionExample.id }),
});

const idPattern = /^[0-9a-z]{26}$/;

export const noSuchConnection = 'There is no connection with this id. GET /v1/connections lists them.';

/** Null for another tenant's, as for none. */
export const findConnection = async (ledger: Ledger, tenant: string, id: string): Promise<Connection | null> =>
  idPattern.test(id) ? readConnection(ledger, tenant, id) : null;

export async function readAll({ ledger, scimUrl }: Source, tenant: string) {
  const connections = await listConnections(ledger, tenant);
  const counts = await readRecentCounts(ledger, tenant);
  const now = ledger.now();
  const items = [];
  for (const connection of connections) {
    const tokens = await listTokens(ledger, { tenant, connectionId: connection.id });
    items.push(toConnection({ connection, tokens, counts: counts.get(connection.id) ?? noRequests, scimUrl }, now));
  }
  return items;
}

/** All that is shown of one connection. */
export async function readDetails({ ledger, scimUrl }: Source, connection: Connection) {
  const { tenant, id: connectionId } = connection;
  const counts = (await readRecentCounts(ledger, tenant)).get(connectionId) ?? noRequests;
  const state: ConnectionState = {
    connection,
    tokens: await listTokens(ledger, { tenant, connectionId }),
    counts,
    scimUrl,
  };
  return toDetails(state, await listFailures(ledger, { tenant, connectionId, limit: 20 }), ledger.now());
}
