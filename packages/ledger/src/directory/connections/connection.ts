import { z } from 'zod';

/** One attribute of a SCIM client and what it fills here. `source` is the client's own name for it, for people to read. */
export const mappingRow = z.strictObject({
  source: z.string().max(200),
  path: z.string().min(1).max(300),
  /** The field of a profile that it fills; null: kept and shown, used for nothing. */
  target: z.string().max(100).nullable(),
  note: z.string().max(500).optional(),
});

export type MappingRow = z.infer<typeof mappingRow>;

/** What new user names have to look like; absent rules do not apply. */
export const userNameRules = z.strictObject({
  startsWithLetter: z.boolean().optional(),
  maxLength: z.int().min(1).max(256).optional(),
  /** Beside letters and digits: the only other characters that are allowed, such as `-._`. */
  otherCharacters: z.string().max(50).optional(),
});

export type UserNameRules = z.infer<typeof userNameRules>;

/** What a connection's administrator may set. */
export const connectionOptions = z.strictObject({
  name: z.string().trim().min(1).max(100),
  sendEnrollmentMails: z.boolean(),
  includeManual: z.boolean(),
  readAll: z.boolean(),
  takeOverByLocalPart: z.boolean(),
  mapping: z.array(mappingRow).max(200),
  userNameRules,
});

export type ConnectionOptions = z.infer<typeof connectionOptions>;

export interface Connection extends ConnectionOptions {
  /** Part of the base URL. */
  id: string;
  tenant: string;
  createdBy: string | null;
  createdAt: Date;
  revokedAt: Date | null;
  /** To the minute; null: never. */
  lastRequestAt: Date | null;
}
