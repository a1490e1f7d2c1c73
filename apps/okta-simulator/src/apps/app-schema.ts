import { z } from 'zod';

import { changeHandler } from '../http/change-handler.ts';
import { param, parseBody, type Handler } from '../http/handler.ts';
import { baseAppAttributes, type AppAttribute } from './app-attributes.ts';
import { customAttributesSchema, findApp, type App } from './app.ts';

/** All attributes of the app's user profile that a SCIM server gets: base ones, then custom ones with a namespace. */
export function scimAttributes(app: Pick<App, 'custom_attributes'>): Record<string, AppAttribute> {
  const custom = Object.entries(app.custom_attributes).flatMap(([name, { title, externalName, externalNamespace }]) =>
    externalName === undefined || externalNamespace === undefined
      ? []
      : [[name, { title, externalName, externalNamespace }] as const],
  );
  return { ...baseAppAttributes, ...Object.fromEntries(custom) };
}

function present(origin: string, app: App): Record<string, unknown> {
  const self = `${origin}/api/v1/meta/schemas/apps/${app.id}/default`;
  const base = Object.entries(baseAppAttributes).map(([name, { title, externalName, externalNamespace }]) => [
    name,
    { title, type: 'string', externalName, externalNamespace, scope: 'NONE' },
  ]);
  return {
    id: self,
    $schema: 'http://json-schema.org/draft-04/schema#',
    name: app.label,
    title: `${app.label} User`,
    type: 'object',
    lastUpdated: app.last_updated.toISOString(),
    created: app.created.toISOString(),
    definitions: {
      base: { id: '#base', type: 'object', properties: Object.fromEntries(base), required: ['userName'] },
      custom: { id: '#custom', type: 'object', properties: app.custom_attributes, required: [] },
    },
    properties: { profile: { allOf: [{ $ref: '#/definitions/base' }, { $ref: '#/definitions/custom' }] } },
    _links: { self: { href: self } },
  };
}

/** `GET /api/v1/meta/schemas/apps/{appId}/default` */
export const getAppSchema: Handler = async (org, request) => ({
  status: 200,
  body: present(request.origin, await findApp(org.db, param(request, 'appId'))),
});

const bodySchema = z.looseObject({
  definitions: z.looseObject({
    custom: z.looseObject({
      properties: z.record(z.string().regex(/^\w+$/), customAttributesSchema.valueType.nullable()),
    }),
  }),
});

/** `POST …`: adds or changes custom attributes, and removes those that are null. */
export const updateAppSchema = changeHandler(async ({ org, request, tx }) => {
  const { definitions } = parseBody(bodySchema, request.body, 'userSchema');
  const app = await findApp(tx, param(request, 'appId'), 'for no key update');
  const merged = Object.entries({ ...app.custom_attributes, ...definitions.custom.properties });
  const custom = customAttributesSchema.parse(Object.fromEntries(merged.filter(([, value]) => value !== null)));
  const now = org.now();
  await tx.query('update app set custom_attributes = $2, last_updated = $3 where id = $1', [
    app.id,
    JSON.stringify(custom),
    now,
  ]);
  return { status: 200, body: present(request.origin, { ...app, custom_attributes: custom, last_updated: now }) };
});
