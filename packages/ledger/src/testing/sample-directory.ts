import type { WrittenUser } from '@keycourier/scim-protocol/resources/resource';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import type { Connection, ConnectionOptions } from '../directory/connections/connection.ts';
import { createConnection } from '../directory/connections/connections.ts';
import { recordFailures, type FailureToRecord } from '../directory/connections/failures.ts';
import { writeDirectory, type Origin, type ReadScope, type Scope } from '../directory/scope.ts';
import { LedgerError } from '../errors.ts';
import { sealedContext } from '../sealed-columns.ts';

let connections = 0;

/** A connection of the tenant acme that takes nothing over, but for the options given. */
export async function aConnection(
  ledger: Ledger,
  options: Partial<ConnectionOptions> = {},
  tenant = 'acme',
): Promise<Connection & { token: string }> {
  connections += 1;
  const created = await createConnection(ledger, {
    tenant,
    createdBy: null,
    options: {
      name: `Okta ${connections}`,
      sendEnrollmentMails: false,
      includeManual: false,
      readAll: false,
      takeOverByLocalPart: false,
      mapping: [],
      userNameRules: {},
      ...options,
    },
  });
  if (created.outcome !== 'created') throw new LedgerError('bad_row', `The test's connection is ${created.outcome}`);
  return { ...created.connection, token: created.token.secret };
}

export const by = (connection: Connection): Origin => ({ kind: 'connection', connection });

export const byHand = (tenant = 'acme'): Origin => ({ kind: 'manual', tenant });

/** Groups with this name make shipments in tests. */
export const triggerGroup = 'Security keys';

export const write = <Result>(
  ledger: Ledger,
  origin: Origin,
  work: (scope: Scope) => Promise<Result>,
): Promise<Result> => writeDirectory(ledger, { origin, isTriggerGroup: (name) => name.startsWith(triggerGroup) }, work);

export const reading = (ledger: Ledger, origin: Origin): ReadScope => ({ ledger, db: ledger.db, origin });

/** A user as a client writes it, with an e-mail address of its own. */
export function aUser(userName: string, more: Partial<WrittenUser> = {}): WrittenUser {
  return {
    userName,
    externalId: null,
    active: undefined,
    ...more,
    attributes: new Map([
      ['userName', userName],
      ['emails', [{ value: `${userName}@mail.example`, type: 'work', primary: true }]],
      ...(more.attributes ?? []),
    ]),
  };
}

/** The id of what a write has created or found. */
export function idOf(result: { outcome: string; id?: string }): string {
  if (result.id === undefined) throw new LedgerError('bad_row', `The test's write is ${result.outcome}`);
  return result.id;
}

const body = z.looseObject({ eventType: z.string(), personId: z.string() });

/** What the directory put into the inbox, in its order. */
export async function directoryEvents(ledger: Ledger): Promise<readonly z.infer<typeof body>[]> {
  const rows = await ledger.db
    .selectFrom('inbound_events')
    .select(['id', 'body'])
    .where('source', '=', 'scim')
    .orderBy('id')
    .execute();
  return rows.map(({ id, body: sealed }) =>
    body.parse(JSON.parse(ledger.sealing.unseal(sealed ?? '', sealedContext.eventBody(id)))),
  );
}

/** A refusal that happened now. */
export const recordFailure = (
  ledger: Ledger,
  connection: Connection,
  failure: Omit<FailureToRecord, 'at' | 'times'>,
): Promise<void> => recordFailures(ledger, connection, [{ at: ledger.now(), times: 1, ...failure }]);
