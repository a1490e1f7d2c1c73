import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { createConnection, listConnections } from '@keycourier/ledger/directory/connections/connections';
import { findConnectionByToken } from '@keycourier/ledger/directory/connections/find-connection';

import { StackError } from './errors.ts';

/** A connection that is ready for use with the stack's own token; the one of an earlier start, where there is one. Its id. */
export async function prepareConnection(ledger: Ledger, tenant: string, token: string): Promise<string> {
  for (const { id } of await listConnections(ledger, tenant))
    if ((await findConnectionByToken(ledger, id, token)) !== null) return id;
  const options = {
    name: 'local',
    sendEnrollmentMails: false,
    includeManual: true,
    readAll: false,
    takeOverByLocalPart: false,
    mapping: [],
    userNameRules: {},
  };
  const created = await createConnection(ledger, { tenant, createdBy: null, options, secret: token });
  if (created.outcome === 'created') return created.connection.id;
  throw new StackError('bad_keys', `The connection "local" of ${tenant} has another token than the key file`);
}
