import type { Failure } from '@keycourier/ledger/directory/connections/failures';
import type { ListedToken } from '@keycourier/ledger/directory/connections/tokens';
import { warningCodes, warningsAbout, type ConnectionFacts } from '@keycourier/ledger/directory/connections/warnings';
import { mappingInUse } from '@keycourier/scim-protocol/mapping/default-mapping';
import { z } from 'zod';

import { options, rules } from './connection-fields.ts';

const time = z.iso.datetime();

export const token = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['bearer', 'client']).meta({ description: '`client`: of OAuth; `id` is then its client id' }),
    createdAt: time,
    expiresAt: time.nullable().meta({ description: 'When it stops working by itself; null: never' }),
    lastUsedAt: time.nullable().meta({ description: 'To the minute; null: never' }),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'ConnectionToken', description: 'A token or OAuth client of a connection, without its secret' });

const counts = z.strictObject({
  requests: z.int(),
  refused: z.int().meta({ description: 'Answered with 4xx' }),
  failed: z.int().meta({ description: 'Answered with 5xx' }),
});

const mappedRow = z
  .strictObject({ source: z.string(), path: z.string(), target: z.string().nullable(), note: z.string().nullable() })
  .meta({ id: 'MappingRow', description: 'What one attribute of the client fills' });

const members = {
  id: z.string().meta({ description: 'Part of the base URL' }),
  name: z.string(),
  baseUrl: z.string().meta({ description: 'What the client needs as its SCIM base URL' }),
  ...options,
  userNameRules: rules,
  tokens: z.array(token),
  counts: z.strictObject({
    today: counts.meta({ description: 'Since midnight UTC' }),
    last7Days: counts.meta({ description: 'Today and the six days before' }),
  }),
  lastRequestAt: time.nullable().meta({ description: 'To the minute; null: never' }),
  warnings: z
    .array(z.strictObject({ code: z.enum(warningCodes), message: z.string() }))
    .meta({ description: 'What an administrator should look at' }),
  createdAt: time,
  createdBy: z.string().nullable().meta({ description: 'The id of the API key that made it' }),
  revokedAt: time.nullable(),
};

export const connection = z.strictObject(members).meta({ id: 'Connection' });

const error = z
  .strictObject({
    at: time,
    status: z.int(),
    scimType: z.string().nullable(),
    detail: z.string().meta({ description: 'As the client was answered; it names attributes and rules, and no value' }),
    times: z.int().meta({ description: 'How often since the last success' }),
    subjectId: z.string().nullable().meta({ description: 'The user or group; null: one that does not exist here' }),
  })
  .meta({ id: 'ConnectionError' });

export const connectionDetails = z
  .strictObject({
    ...members,
    mapping: z.strictObject({ isDefault: z.boolean(), rows: z.array(mappedRow) }),
    errors: z.array(error).meta({ description: 'The last refused requests, newest first, one for each user or group' }),
  })
  .meta({ id: 'ConnectionDetails' });

const seconds = (at: Date | null): string | null => at?.toISOString() ?? null;

export const toToken = (listed: ListedToken): z.output<typeof token> => ({
  id: listed.id,
  kind: listed.kind,
  createdAt: listed.createdAt.toISOString(),
  expiresAt: seconds(listed.expiresAt),
  lastUsedAt: seconds(listed.lastUsedAt),
  revokedAt: seconds(listed.revokedAt),
});

export interface ConnectionState extends ConnectionFacts {
  /** Where all base URLs begin. */
  scimUrl: string;
}

export const baseUrlOf = (scimUrl: string, connectionId: string): string => `${scimUrl}/${connectionId}`;

export function toConnection({ scimUrl, ...facts }: ConnectionState, now: Date): z.output<typeof connection> {
  const { connection: one, tokens, counts: counted } = facts;
  return {
    id: one.id,
    name: one.name,
    baseUrl: baseUrlOf(scimUrl, one.id),
    sendEnrollmentMails: one.sendEnrollmentMails,
    includeManual: one.includeManual,
    readAll: one.readAll,
    takeOverByLocalPart: one.takeOverByLocalPart,
    userNameRules: one.userNameRules,
    tokens: tokens.map(toToken),
    counts: counted,
    lastRequestAt: seconds(one.lastRequestAt),
    warnings: warningsAbout(facts, now),
    createdAt: one.createdAt.toISOString(),
    createdBy: one.createdBy,
    revokedAt: seconds(one.revokedAt),
  };
}

const ownId = /^(?:usr|grp)_/;

export function toDetails(
  state: ConnectionState,
  failures: readonly Failure[],
  now: Date,
): z.output<typeof connectionDetails> {
  const { mapping } = state.connection;
  return {
    ...toConnection(state, now),
    mapping: {
      isDefault: mapping.length === 0,
      rows: mappingInUse(mapping).map(({ source, path, target, note = null }) => ({
        source,
        path,
        target,
        note,
      })),
    },
    errors: failures.map(({ at, status, scimType, detail, times, subject }) => ({
      at: at.toISOString(),
      status,
      scimType,
      detail,
      times,
      subjectId: ownId.test(subject) ? subject : null,
    })),
  };
}
