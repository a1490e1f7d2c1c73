import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { writeDirectory, type Origin, type ReadScope, type Scope } from '@keycourier/ledger/directory/scope';

import type { Context } from '../context.ts';

export const reading = <Result>(
  { ledger }: Context,
  connection: Connection,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> => work({ ledger, db: ledger.db, origin: originOf(connection) });

export const originOf = (connection: Connection): Origin => ({ kind: 'connection', connection });

/** One request, one transaction: what throws in it, a ScimError too, leaves nothing behind. */
export const writing = <Result>(
  { ledger, isTriggerGroup }: Context,
  connection: Connection,
  work: (scope: Scope) => Promise<Result>,
): Promise<Result> =>
  writeDirectory(
    ledger,
    {
      origin: originOf(connection),
      isTriggerGroup: (displayName, id) => isTriggerGroup(connection.tenant, { id, displayName }),
    },
    work,
  );
