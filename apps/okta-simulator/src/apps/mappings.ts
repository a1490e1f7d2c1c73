import { z } from 'zod';

import { changeHandler } from '../http/change-handler.ts';
import { notFound, validationFailed } from '../http/errors.ts';
import { param, parseBody, type Handler, type OktaRequest } from '../http/handler.ts';
import { select, type Queryable } from '../store/database.ts';
import { scimAttributes } from './app-schema.ts';
import { appSchema, mappingSchema, type App, type Mapping } from './app.ts';
import { compileExpression, ExpressionError } from './expression.ts';

function present(request: OktaRequest, userTypeId: string, app: App): Record<string, unknown> {
  const { origin } = request;
  return {
    id: app.mapping_id,
    source: {
      id: userTypeId,
      name: 'user',
      type: 'user',
      _links: { self: { href: `${origin}/api/v1/meta/types/user/${userTypeId}` } },
    },
    target: {
      id: app.id,
      name: app.name,
      type: 'appuser',
      _links: {
        self: { href: `${origin}/api/v1/apps/${app.id}` },
        schema: { href: `${origin}/api/v1/meta/schemas/apps/${app.id}/default` },
      },
    },
    _links: { self: { href: `${origin}/api/v1/mappings/${app.mapping_id}` } },
  };
}

/** `GET /api/v1/mappings?targetId=`: from the org's users to the users of apps. */
export const listMappings: Handler = async (org, request) => {
  const { sourceId = null, targetId = null } = request.query;
  const apps = await select(org.db, appSchema, {
    text: `select * from app where ($1::text is null or id = $1) and ($2::text is null or $2 = $3) order by ordinal`,
    values: [targetId, sourceId, org.identity.userTypeId],
  });
  return { status: 200, body: apps.map((app) => present(request, org.identity.userTypeId, app)) };
};

async function findMapped(db: Queryable, id: string, lock: 'for no key update' | '' = ''): Promise<App> {
  const [app] = await select(db, appSchema, { text: `select * from app where mapping_id = $1 ${lock}`, values: [id] });
  if (app === undefined) throw notFound(id, 'ProfileMapping');
  return app;
}

/** `GET /api/v1/mappings/{mappingId}` */
export const getMapping: Handler = async (org, request) => {
  const app = await findMapped(org.db, param(request, 'mappingId'));
  return { status: 200, body: { ...present(request, org.identity.userTypeId, app), properties: app.mapping } };
};

const bodySchema = z.looseObject({
  properties: z.record(
    z.string(),
    z
      .looseObject({ expression: z.string(), pushStatus: z.enum(['PUSH', 'DONT_PUSH']).default('DONT_PUSH') })
      .nullable(),
  ),
});

/** @throws OktaError E0000001 for an attribute that the app does not have, or an expression that cannot be read */
function checkMapping(app: App, mapping: Mapping): void {
  const known = new Set([...Object.keys(scimAttributes(app)), ...Object.keys(app.custom_attributes)]);
  const causes = Object.entries(mapping).flatMap(([name, { expression }]) => {
    if (!known.has(name)) return [`${name}: is not an attribute of the app`];
    try {
      compileExpression(expression);
      return [];
    } catch (error) {
      if (error instanceof ExpressionError) return [`${name}: ${error.message}`];
      throw error;
    }
  });
  if (causes.length > 0) throw validationFailed('properties', causes);
}

/** `POST /api/v1/mappings/{mappingId}`: adds or changes properties, and removes those that are null. */
export const updateMapping = changeHandler(async ({ org, request, tx }) => {
  const { properties } = parseBody(bodySchema, request.body, 'mapping');
  const app = await findMapped(tx, param(request, 'mappingId'), 'for no key update');
  const merged = Object.entries({ ...app.mapping, ...properties }).filter(([, value]) => value !== null);
  const mapping = mappingSchema.parse(Object.fromEntries(merged));
  checkMapping(app, mapping);
  const values = [app.id, JSON.stringify(mapping), org.now()];
  await tx.query('update app set mapping = $2, last_updated = $3 where id = $1', values);
  return { status: 200, body: { ...present(request, org.identity.userTypeId, app), properties: mapping } };
});
