import { z } from 'zod';

import { notFound, OktaError } from '../http/errors.ts';
import { select, type Queryable } from '../store/database.ts';
import type { Principal } from '../system-log/log-event.ts';

const enabled = z.enum(['ENABLED', 'DISABLED']);
const capability = z.looseObject({ status: enabled.default('DISABLED') });

/** The feature USER_PROVISIONING: what an org does in the app. */
export const capabilitiesSchema = z.object({
  create: z.object({ lifecycleCreate: capability.prefault({}) }).prefault({}),
  update: z
    .object({
      profile: capability.prefault({}),
      lifecycleDeactivate: capability.prefault({}),
      password: z
        .object({
          status: enabled.default('DISABLED'),
          seed: z.enum(['OKTA', 'RANDOM']).default('RANDOM'),
          change: z.enum(['CHANGE', 'KEEP_EXISTING']).default('KEEP_EXISTING'),
        })
        .prefault({}),
    })
    .prefault({}),
});

export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** What an org sets only in its admin UI. */
export const appOptionsSchema = z.strictObject({
  /** The token as the header's value, or after `Bearer`. */
  authorization: z.enum(['header', 'bearer']),
  /** How Okta writes to the app: `template` as a catalog app (PATCH), `wizard` as an App Integration Wizard app (PUT). */
  client: z.enum(['template', 'wizard']),
  importGroups: z.boolean(),
  /** Whether a look-up by name has `startIndex` and `count`. */
  pagedLookup: z.boolean(),
});

export type AppOptions = z.infer<typeof appOptionsSchema>;

export const customAttributesSchema = z.record(
  z.string(),
  z.looseObject({
    title: z.string(),
    type: z.string(),
    externalName: z.string().optional(),
    externalNamespace: z.string().optional(),
  }),
);

export const mappingSchema = z.record(
  z.string(),
  z.object({ expression: z.string(), pushStatus: z.enum(['PUSH', 'DONT_PUSH']) }),
);

export type Mapping = z.infer<typeof mappingSchema>;

export const appSchema = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  sign_on_mode: z.string(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  settings: z.record(z.string(), z.unknown()),
  visibility: z.record(z.string(), z.unknown()),
  capabilities: capabilitiesSchema,
  options: appOptionsSchema,
  custom_attributes: customAttributesSchema,
  mapping_id: z.string(),
  mapping: mappingSchema,
  created: z.date(),
  last_updated: z.date(),
});

export type App = z.infer<typeof appSchema>;

/** @throws OktaError 404 */
export async function findApp(db: Queryable, id: string, lock: 'for no key update' | '' = ''): Promise<App> {
  const [app] = await select(db, appSchema, { text: `select * from app where id = $1 ${lock}`, values: [id] });
  if (app === undefined) throw notFound(id, 'AppInstance');
  return app;
}

/** @throws OktaError 404, or 403 if the app is not active */
export async function findActiveApp(db: Queryable, id: string): Promise<App> {
  const app = await findApp(db, id);
  if (app.status === 'ACTIVE') return app;
  throw new OktaError('E0000006', { causes: ['status: the app is not active'] });
}

/** The app as a target of a log event. */
export function appTarget(app: Pick<App, 'id' | 'label' | 'name'>): Principal {
  return { id: app.id, type: 'AppInstance', alternateId: app.label, displayName: app.label, detailEntry: null };
}
