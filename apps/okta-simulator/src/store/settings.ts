import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import { select, type Queryable } from './database.ts';
import { oktaId } from './okta-id.ts';

const dayMs = 86_400_000;

export const settingsSchema = z.strictObject({
  /** How long the challenge of an enrollment is good. Okta says "longer" and no number. */
  challengeLifetimeMs: z
    .number()
    .int()
    .min(1)
    .default(30 * dayMs),
  hookTimeoutMs: z.number().int().min(1).default(3_000),
  hookRetryDelayMs: z.number().int().min(0).default(1_000),
  rateLimitPerMinute: z.number().int().min(1).default(600),
  /** How long the access tokens of service apps are good; an hour, and fixed, in a real org. Rounded up to seconds. */
  tokenLifetimeMs: z.number().int().min(1).default(3_600_000),
});

export type SettingValues = z.infer<typeof settingsSchema>;

/** The org's knobs, kept in the database and held in memory; `change` writes both. */
export interface Settings {
  current: () => SettingValues;
  change: (patch: Partial<SettingValues>) => Promise<void>;
}

/** Reads a named value, or writes and returns `fresh()` where there is none yet. */
export async function keep<Value extends z.ZodType>(
  db: Queryable,
  name: string,
  value: Value,
  fresh: () => z.infer<Value>,
): Promise<z.infer<Value>> {
  await db.query('insert into setting (name, value) values ($1, $2) on conflict do nothing', [
    name,
    JSON.stringify(fresh()),
  ]);
  const rows = await select(db, z.object({ value: z.unknown() }), 'select value from setting where name = $1', [name]);
  return value.parse(rows[0]?.value);
}

export async function openSettings(db: Queryable): Promise<Settings> {
  let values = await keep(db, 'knobs', settingsSchema, () => settingsSchema.parse({}));
  return {
    current: () => values,
    change: async (patch) => {
      values = settingsSchema.parse({ ...values, ...patch });
      await db.query("update setting set value = $1 where name = 'knobs'", [JSON.stringify(values)]);
    },
  };
}

/** The key that seals PINs, response keys and hook secrets where the environment gives none. */
export function keptSealingKey(db: Queryable): Promise<string> {
  return keep(db, 'sealing-key', z.string().regex(/^[0-9a-f]{64}$/), () => randomBytes(32).toString('hex'));
}

const identitySchema = z.object({ administratorId: z.string(), userTypeId: z.string(), userSchemaId: z.string() });

/** Ids that an org has from its birth on. */
export type OrgIdentity = z.infer<typeof identitySchema>;

export function keptIdentity(db: Queryable): Promise<OrgIdentity> {
  return keep(db, 'identity', identitySchema, () => ({
    administratorId: oktaId('00u'),
    userTypeId: oktaId('oty'),
    userSchemaId: oktaId('osc'),
  }));
}
