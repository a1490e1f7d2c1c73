import { z } from 'zod';

/** What the CLI reads of the API's answers about connections and people. Unknown members are kept for `--json`. */

const nullable = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const flag = z.boolean().default(false);

const token = z.looseObject({
  id: z.string(),
  kind: z.string(),
  createdAt: nullable,
  expiresAt: nullable,
  lastUsedAt: nullable,
  revokedAt: nullable,
});

export type ConnectionToken = z.output<typeof token>;

const counts = z.looseObject({ requests: z.number(), refused: z.number(), failed: z.number() });

const mappedRow = z.looseObject({
  source: z.string(),
  path: z.string(),
  target: nullable,
  note: nullable,
});

export type MappedRow = z.output<typeof mappedRow>;

export const connection = z.looseObject({
  id: z.string(),
  name: z.string(),
  baseUrl: z.string(),
  sendEnrollmentMails: flag,
  includeManual: flag,
  readAll: flag,
  takeOverByLocalPart: flag,
  userNameRules: z
    .looseObject({
      startsWithLetter: z.boolean().optional(),
      maxLength: z.number().optional(),
      otherCharacters: z.string().optional(),
    })
    .default({}),
  tokens: z.array(token).default([]),
  counts: z.looseObject({ today: counts, last7Days: counts }),
  lastRequestAt: nullable,
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })).default([]),
  revokedAt: nullable,
});

export type Connection = z.output<typeof connection>;

export const connectionList = z.looseObject({ items: z.array(connection) });

export const connectionDetails = connection.extend({
  mapping: z.looseObject({ isDefault: z.boolean(), rows: z.array(mappedRow) }),
  errors: z
    .array(
      z.looseObject({ at: z.string(), status: z.number(), detail: z.string(), times: z.number(), subjectId: nullable }),
    )
    .default([]),
});

export type ConnectionDetails = z.output<typeof connectionDetails>;

/** The secrets are in these answers only. */
export const newConnection = connectionDetails.extend({ token: z.string() });
export const newToken = token.extend({ token: z.string() });
export const newClient = token.extend({ clientId: z.string(), clientSecret: z.string(), tokenUrl: z.string() });

export const handedOver = z.looseObject({ people: z.number(), groups: z.number(), isComplete: z.boolean() });

/** An answer without content. */
export const nothing = z.unknown();

export const person = z.looseObject({
  id: z.string(),
  userName: nullable,
  displayName: nullable,
  connectionId: nullable,
  active: z.boolean(),
  deactivatedAt: nullable,
  lastModified: nullable,
  lastError: z.looseObject({ at: nullable, detail: z.string() }).nullish(),
  openShipments: z.array(z.string()).default([]),
});

export type Person = z.output<typeof person>;

export const personPage = z.looseObject({ items: z.array(person), nextCursor: nullable });

export const personDetails = person.extend({
  profile: z.record(z.string(), z.string()).default({}),
  groups: z.array(z.looseObject({ id: z.string(), displayName: z.string() })).default([]),
});

export type PersonDetails = z.output<typeof personDetails>;
