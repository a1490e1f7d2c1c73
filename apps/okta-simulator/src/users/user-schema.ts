import { z } from 'zod';

import type { Org } from '../context.ts';
import { notFound } from '../http/errors.ts';
import { param, parseBody, type Handler, type OktaRequest } from '../http/handler.ts';
import { select } from '../store/database.ts';
import { baseAttributes } from './profile.ts';

const customSchema = z.record(z.string(), z.looseObject({ title: z.string(), type: z.string() }));

type Custom = z.infer<typeof customSchema>;

async function readCustom(org: Org): Promise<Custom> {
  const rows = await select(
    org.db,
    z.object({ value: customSchema }),
    `select value from setting where name = 'custom-attributes'`,
  );
  return rows[0]?.value ?? {};
}

function present(org: Org, request: OktaRequest, custom: Custom): Record<string, unknown> {
  const permissions = [{ principal: 'SELF', action: 'READ_WRITE' }];
  const base = Object.entries(baseAttributes).map(([name, rule]) => [name, { type: 'string', ...rule, permissions }]);
  const required = Object.keys(baseAttributes).filter((name) => baseAttributes[name]?.required === true);
  const self = `${request.origin}/api/v1/meta/schemas/user/${org.identity.userSchemaId}`;
  return {
    id: self,
    $schema: 'http://json-schema.org/draft-04/schema#',
    name: 'user',
    title: 'User',
    type: 'object',
    definitions: {
      base: { id: '#base', type: 'object', properties: Object.fromEntries(base), required },
      custom: { id: '#custom', type: 'object', properties: custom, required: [] },
    },
    properties: { profile: { allOf: [{ $ref: '#/definitions/base' }, { $ref: '#/definitions/custom' }] } },
    _links: { self: { href: self } },
  };
}

function checkSchemaId(org: Org, request: OktaRequest): void {
  const id = param(request, 'schemaId');
  if (id !== 'default' && id !== org.identity.userSchemaId) throw notFound(id, 'UserSchema');
}

/** `GET /api/v1/meta/schemas/user/{schemaId}` */
export const getUserSchema: Handler = async (org, request) => {
  checkSchemaId(org, request);
  return { status: 200, body: present(org, request, await readCustom(org)) };
};

const bodySchema = z.looseObject({
  definitions: z.looseObject({
    custom: z.looseObject({
      properties: z.record(
        z.string().regex(/^\w+$/),
        z.looseObject({ title: z.string(), type: z.string() }).nullable(),
      ),
    }),
  }),
});

/** `POST …`: adds or changes custom attributes, and removes those that are null. Profiles are not validated against it. */
export const updateUserSchema: Handler = async (org, request) => {
  checkSchemaId(org, request);
  const { definitions } = parseBody(bodySchema, request.body, 'userSchema');
  const merged = Object.entries({ ...(await readCustom(org)), ...definitions.custom.properties });
  const custom = customSchema.parse(Object.fromEntries(merged.filter(([, value]) => value !== null)));
  await org.db.query(
    `insert into setting (name, value) values ('custom-attributes', $1) on conflict (name) do update set value = $1`,
    [JSON.stringify(custom)],
  );
  return { status: 200, body: present(org, request, custom) };
};
