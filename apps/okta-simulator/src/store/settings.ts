import { randomBytes } from 'node:crypto';

import { z } from 'zod';

import { oidcSchema } from '../oidc/settings.ts';
import { select, type Queryable } from './database.ts';
import { oktaId } from './okta-id.ts';
import { provisioningSchema } from './provisioning-settings.ts';

const dayMs = 86_400_000;

export const settingsSchema = z.strictObject({
  /** How long the challenge of an enrollment is valid. Okta documents "longer" without a number. */
  challengeLifetimeMs: z
    .number()
    .int()
    .min(1)
    .default(30 * dayMs),
  hookTimeoutMs: z.number().int().min(1).default(3_000),
  hookRetryDelayMs: z.number().int().min(0).default(1_000),
  rateLimitPerMinute: z.number().int().min(1).default(600),
  /** How long the minute of a rate limit lasts. In a real org it is always a minute; whole seconds, as X-Rate-Limit-Reset. */
  rateWindowMs: z.number().int().min(1_000).max(60_000).multipleOf(1_000).default(60_000),
  /** Of the System Log's own bucket; null means the limit of all buckets. */
  logLimitPerMinute: z.number().int().min(1).nullable().default(null),
  /** The chances below are drawn from it and the number of the event: the same calls have the same faults. */
  seed: z.number().int().min(0).default(1),
  /** Share of the events that no hook ever gets, without a trace in the log. */
  hookLoseRate: z.number().min(0).max(1).default(0),
  /** Share of the deliveries that are sent once more after a 2xx, under the same `eventId`. */
  hookDuplicateRate: z.number().min(0).max(1).default(0),
  hookDelayMs: z.number().int().min(0).max(86_400_000).default(0),
  /** Each event is delayed by a share of `hookDelayMs`, and queued events are delivered in a drawn order. */
  hookReorder: z.boolean().default(false),
  /** Events are queued for hooks, and no hook is called. */
  hooksStopped: z.boolean().default(false),
  /** Share of the events that reach the log only `logLateMs` after they were published. */
  logLateRate: z.number().min(0).max(1).default(0),
  logLateMs: z.number().int().min(0).max(86_400_000).default(0),
  /** Cursors of an earlier generation are refused. */
  cursorGeneration: z.number().int().min(0).default(0),
  /**
   * How long a partial update takes between the profile that it read and the one that it writes: of two at once, the later
   * undoes the earlier, as in live orgs (okta-sdk-golang#302). 0 reads under the lock, and loses none.
   */
  lostUpdateMs: z.number().int().min(0).max(60_000).default(0),
  /** Events about a changed profile name the changed attributes, which Okta Workflows shows. */
  namesChangedAttributes: z.boolean().default(false),
  /** How long access tokens of service apps are valid; fixed at one hour in a real org. Rounded up to seconds. */
  tokenLifetimeMs: z.number().int().min(1).default(3_600_000),
  /** How an org calls the SCIM servers of its apps. */
  provisioning: provisioningSchema.prefault({}),
  /** How it signs people in. */
  oidc: oidcSchema.prefault({}),
});

export type SettingValues = z.infer<typeof settingsSchema>;

/** The org's settings, stored in the database and cached in memory; `change` writes both. */
export interface Settings {
  current: () => SettingValues;
  /** What is undefined stays. */
  change: (patch: { [Name in keyof SettingValues]?: SettingValues[Name] | undefined }) => Promise<void>;
}

/** Reads a stored value, or stores and returns `create()` if there is none. */
export async function keep<Value extends z.ZodType>(
  db: Queryable,
  name: string,
  { schema, create }: { schema: Value; create: () => z.infer<Value> },
): Promise<z.infer<Value>> {
  await db.query('insert into setting (name, value) values ($1, $2) on conflict do nothing', [
    name,
    JSON.stringify(create()),
  ]);
  const rows = await select(db, z.object({ value: z.unknown() }), {
    text: 'select value from setting where name = $1',
    values: [name],
  });
  return schema.parse(rows[0]?.value);
}

export async function loadSettings(db: Queryable): Promise<Settings> {
  let values = await keep(db, 'settings', { schema: settingsSchema, create: () => settingsSchema.parse({}) });
  return {
    current: () => values,
    change: async (patch) => {
      const changed = Object.entries(patch).filter(([, value]) => value !== undefined);
      values = settingsSchema.parse({ ...values, ...Object.fromEntries(changed) });
      await db.query("update setting set value = $1 where name = 'settings'", [JSON.stringify(values)]);
    },
  };
}

/** The key that seals PINs, response keys and hook secrets if the environment does not set one. */
export function loadSealingKey(db: Queryable): Promise<string> {
  return keep(db, 'sealing-key', {
    schema: z.string().regex(/^[0-9a-f]{64}$/),
    create: () => randomBytes(32).toString('hex'),
  });
}

const identitySchema = z.object({ administratorId: z.string(), userTypeId: z.string(), userSchemaId: z.string() });

/** Ids that are created with an org. */
export type OrgIdentity = z.infer<typeof identitySchema>;

export const loadIdentity = (db: Queryable): Promise<OrgIdentity> =>
  keep(db, 'identity', {
    schema: identitySchema,
    create: () => ({
      administratorId: oktaId('00u'),
      userTypeId: oktaId('oty'),
      userSchemaId: oktaId('osc'),
    }),
  });
