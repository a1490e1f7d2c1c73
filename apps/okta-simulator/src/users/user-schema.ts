import { z } from 'zod';

import { changeOrg, type Org } from '../context.ts';
import { notFound, validationFailed } from '../http/errors.ts';
import { param, parseBody, type Handler, type OktaRequest } from '../http/handler.ts';
import { customAttribute, customAttributes, readCustom, type CustomAttributes } from './custom-attributes.ts';
import { baseAttributes } from './profile.ts';

function present(org: Org, request: OktaRequest, custom: CustomAttributes): Record<string, unknown> {
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
  return { status: 200, body: present(org, request, await readCustom(org.db)) };
};

const bodySchema = z.looseObject({
  definitions: z.looseObject({
    custom: z.looseObject({ properties: z.record(z.string().regex(/^[A-Za-z_]\w*$/), customAttribute.nullable()) }),
  }),
});

/** `POST …`: adds or changes custom attributes, removes those that are null, and leaves the others. */
export const updateUserSchema: Handler = async (org, request) => {
  checkSchemaId(org, request);
  const { properties } = parseBody(bodySchema, request.body, 'userSchema').definitions.custom;
  const custom = await changeOrg(org, async (tx) => {
    await tx.query(`insert into setting (name, value) values ('custom-attributes', '{}') on conflict do nothing`);
    const before = await readCustom(tx, 'for update');
    checkNames(before, properties);
    const merged = Object.entries({ ...before, ...properties }).filter(([, value]) => value !== null);
    const after = customAttributes.parse(Object.fromEntries(merged));
    await tx.query(`update setting set value = $1 where name = 'custom-attributes'`, [JSON.stringify(after)]);
    return after;
  });
  return { status: 200, body: present(org, request, custom) };
};

/** @throws OktaError E0000001 for a name that another has in another case, and for another type of an attribute */
function checkNames(before: CustomAttributes, properties: Readonly<Record<string, { type: string } | null>>): void {
  const removed = new Set(Object.keys(properties).filter((name) => properties[name] === null));
  const taken = [...Object.keys(baseAttributes), ...Object.keys(before)].filter((name) => !removed.has(name));
  for (const [name, property] of Object.entries(properties)) {
    if (property === null) continue;
    const others = [...taken, ...Object.keys(properties)].filter((other) => other !== name && !removed.has(other));
    if (Object.hasOwn(baseAttributes, name) || others.some((other) => other.toLowerCase() === name.toLowerCase()))
      throw validationFailed(name, [`${name}: The property name is in use, perhaps in another letter case`]);
    const type = before[name]?.type;
    if (type !== undefined && type !== property.type)
      throw validationFailed(name, [`${name}: The type of a property cannot be changed`]);
  }
}
