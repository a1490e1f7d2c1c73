import { isUndone } from '@keycourier/http/answer-failure';
import type { Connection } from '@keycourier/ledger/directory/connections/connection';
import { writeDirectory, type ReadScope, type Scope } from '@keycourier/ledger/directory/scope';

import type { Context } from '../context.ts';

export const reading = <Result>(
  { ledger }: Context,
  connection: Connection,
  work: (scope: ReadScope) => Promise<Result>,
): Promise<Result> => work({ ledger, db: ledger.db, origin: { kind: 'connection', connection } });

/** Two writes that wait for each other: Postgres undoes one of them, which may begin again. */
const attempts = 3;

/** One request, one transaction: what throws in it, a ScimError too, leaves nothing behind. */
export async function writing<Result>(
  { ledger, isTriggerGroup }: Context,
  connection: Connection,
  work: (scope: Scope) => Promise<Result>,
): Promise<Result> {
  const options = {
    origin: { kind: 'connection', connection },
    isTriggerGroup: (displayName: string, id: string) => isTriggerGroup(connection.tenant, { id, displayName }),
  } as const;
  for (let attempt = 1; ; attempt += 1)
    try {
      return await writeDirectory(ledger, options, work);
    } catch (error) {
      if (attempt === attempts || !isUndone(error)) throw error;
    }
}
