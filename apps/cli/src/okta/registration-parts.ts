import type { SendToOkta } from '@keycourier/connectors/okta/send';
import { ConnectorError } from '@keycourier/journey/ports/errors';
import { z } from 'zod';

import { CliError } from '../errors.ts';

/** A part of the org that is there as it should be, and how to take back what was made for it. */
export interface Part {
  line: string;
  undo: (() => Promise<unknown>) | null;
}

export interface WantedAttribute {
  name: string;
  type: 'boolean' | 'string';
  ready: string | boolean;
}

const schemaPath = '/api/v1/meta/schemas/user/default';
const property = z.looseObject({
  type: z.string(),
  permissions: z.array(z.looseObject({ principal: z.string(), action: z.string() })).nullish(),
  master: z.looseObject({ type: z.string() }).nullish(),
});
const userSchema = z.looseObject({
  definitions: z.looseObject({ custom: z.looseObject({ properties: z.record(z.string(), property).default({}) }) }),
});

/** Of one POST, which leaves every other attribute as it is; null removes. */
const changeSchema = (send: SendToOkta, properties: Record<string, unknown>): Promise<unknown> =>
  send({
    method: 'POST',
    path: schemaPath,
    body: JSON.stringify({ definitions: { custom: { id: '#custom', type: 'object', properties, required: [] } } }),
  });

/**
 * Users see the attribute and cannot change it, since it steers their sign-in; Okta masters it, so that no profile source
 * owns it. @throws CliError `refused` where it exists in another form
 */
export async function makeAttribute(send: SendToOkta, { name, type }: WantedAttribute): Promise<Part> {
  const { json } = await send({ method: 'GET', path: schemaPath });
  const { properties } = userSchema.parse(json).definitions.custom;
  const similar = Object.keys(properties).find((other) => other.toLowerCase() === name.toLowerCase());
  if (similar !== undefined && similar !== name) throw differs(`attribute ${name}`, [`its name is ${similar}`]);
  const existing = properties[name];
  if (existing !== undefined) {
    const differences = attributeDifferences(existing, type);
    if (differences.length > 0) throw differs(`attribute ${name}`, differences);
    return { line: `the attribute ${name} exists as it should (${type}, read-only for users)`, undo: null };
  }
  const permissions = [{ principal: 'SELF', action: 'READ_ONLY' }];
  await changeSchema(send, {
    [name]: { title: 'Security key ready', type, scope: 'NONE', permissions, master: { type: 'OKTA' } },
  });
  return {
    line: `made the attribute ${name} (${type}, read-only for users)`,
    undo: () => changeSchema(send, { [name]: null }),
  };
}

export function attributeDifferences(
  { type, permissions, master }: z.output<typeof property>,
  wanted: string,
): string[] {
  const own = permissions?.filter(({ principal }) => principal === 'SELF').map(({ action }) => action) ?? [];
  return [
    ...(type === wanted ? [] : [`its type is ${type}, not ${wanted}`]),
    ...(own.includes('READ_WRITE') ? ['users may change it themselves (SELF has READ_WRITE, not READ_ONLY)'] : []),
    ...(master === null || master === undefined || master.type !== 'PROFILE_MASTER'
      ? []
      : ['a profile source owns it (master is PROFILE_MASTER, not OKTA)']),
  ];
}

/** The attribute as the org has it; null where it has none of this name. */
export async function readAttribute(send: SendToOkta, name: string): Promise<z.output<typeof property> | null> {
  const { json } = await send({ method: 'GET', path: schemaPath });
  return userSchema.parse(json).definitions.custom.properties[name] ?? null;
}

const groups = z.array(
  z.looseObject({ id: z.string(), type: z.string(), profile: z.looseObject({ name: z.string() }) }),
);

/** @throws CliError `refused` where a group of this name is not one that we can fill */
export async function makeGroup(send: SendToOkta, name: string): Promise<Part & { id: string }> {
  const { json } = await send({ method: 'GET', path: `/api/v1/groups?q=${encodeURIComponent(name)}` });
  const existing = groups.parse(json).filter(({ profile }) => profile.name === name);
  const [found, ...others] = existing;
  if (others.length > 0) throw differs(`group ${name}`, [`there are ${existing.length} of this name`]);
  if (found !== undefined) {
    if (found.type !== 'OKTA_GROUP') throw differs(`group ${name}`, [`its type is ${found.type}, not OKTA_GROUP`]);
    return { id: found.id, line: `the group ${name} exists (${found.id})`, undo: null };
  }
  const body = JSON.stringify({
    profile: { name, description: 'Users with a security key that works, kept by keycourier' },
  });
  const { id } = z
    .looseObject({ id: z.string() })
    .parse((await send({ method: 'POST', path: '/api/v1/groups', body })).json);
  const undo = (): Promise<unknown> => send({ method: 'DELETE', path: `/api/v1/groups/${encodeURIComponent(id)}` });
  return { id, line: `made the group ${name} (${id})`, undo };
}

const policies = z.array(z.looseObject({ id: z.string() })).min(1);
const identityProvider = z.looseObject({ id: z.string(), type: z.string() });

export type IdentityProvider = z.output<typeof identityProvider>;

/** Before anything is made for it. @throws CliError `refused` where the org has no such identity provider */
export async function readIdentityProvider(send: SendToOkta, id: string): Promise<IdentityProvider> {
  try {
    const { json } = await send({ method: 'GET', path: `/api/v1/idps/${encodeURIComponent(id)}` });
    return identityProvider.parse(json);
  } catch (cause) {
    if (!(cause instanceof ConnectorError) || cause.fault !== 'not_found') throw cause;
    throw new CliError(
      'refused',
      `The org has no identity provider ${id}: its id is in the URL of its page, under Security > Identity Providers. Nothing was changed in the org.`,
      { cause },
    );
  }
}

const rule = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string().nullish(),
  conditions: z
    .looseObject({
      userIdentifier: z
        .looseObject({
          attribute: z.string().nullish(),
          patterns: z.array(z.looseObject({ matchType: z.string(), value: z.string() })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  actions: z.looseObject({
    idp: z.looseObject({ providers: z.array(z.looseObject({ id: z.string().nullish() })).nullish() }).nullish(),
  }),
});

interface RoutingRule {
  tenant: string;
  attribute: Pick<WantedAttribute, 'name' | 'ready'>;
  provider: IdentityProvider;
}

/** Sends users to an identity provider whose attribute says that they are ready. @throws CliError `refused` where it differs */
export async function makeRoutingRule(send: SendToOkta, { tenant, attribute, provider }: RoutingRule): Promise<Part> {
  const [policy] = policies.parse((await send({ method: 'GET', path: '/api/v1/policies?type=IDP_DISCOVERY' })).json);
  const path = `/api/v1/policies/${encodeURIComponent(policy?.id ?? '')}/rules`;
  const name = `keycourier ${tenant}`;
  const value = String(attribute.ready);
  const existing = z
    .array(rule)
    .parse((await send({ method: 'GET', path })).json)
    .find((one) => one.name === name);
  if (existing !== undefined) {
    const differences = ruleDifferences(existing, { attribute: attribute.name, value, idp: provider.id });
    if (differences.length > 0) throw differs(`routing rule "${name}"`, differences);
    return { line: `the routing rule "${name}" exists as it should (${existing.id})`, undo: null };
  }
  const body = JSON.stringify({
    name,
    type: 'IDP_DISCOVERY',
    priority: 1,
    conditions: {
      userIdentifier: { type: 'ATTRIBUTE', attribute: attribute.name, patterns: [{ matchType: 'EQUALS', value }] },
    },
    actions: { idp: { providers: [{ id: provider.id, type: provider.type }] } },
  });
  const { id } = rule.parse((await send({ method: 'POST', path, body })).json);
  return {
    line: `made the routing rule "${name}": ${attribute.name} = ${value} → ${provider.id}, before all others (${id})`,
    undo: () => send({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}` }),
  };
}

function ruleDifferences(
  { status, conditions, actions }: z.output<typeof rule>,
  wanted: { attribute: string; value: string; idp: string },
): string[] {
  const identifier = conditions?.userIdentifier;
  const [pattern] = identifier?.patterns ?? [];
  const [provider] = actions.idp?.providers ?? [];
  return [
    ...(identifier?.attribute === wanted.attribute ? [] : [`it asks for ${identifier?.attribute ?? 'no attribute'}`]),
    ...(pattern?.matchType === 'EQUALS' && pattern.value === wanted.value ? [] : [`its value is not ${wanted.value}`]),
    ...(provider?.id === wanted.idp ? [] : [`it sends to ${provider?.id ?? 'Okta'}, not to ${wanted.idp}`]),
    ...(status === 'INACTIVE' ? ['it is inactive'] : []),
  ];
}

const differs = (what: string, differences: readonly string[]): CliError =>
  new CliError(
    'refused',
    `The ${what} of the org differs: ${differences.join('; ')}. Nothing of it was changed: change it in Okta, or choose another name.`,
  );
