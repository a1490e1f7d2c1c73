import { z } from 'zod';

import type { Org } from '../context.ts';
import { notFound } from '../http/errors.ts';
import type { OktaRequest } from '../http/handler.ts';
import { select, type Queryable } from '../store/database.ts';

const pattern = z.looseObject({
  matchType: z.enum(['CONTAINS', 'EQUALS', 'EXPRESSION', 'STARTS_WITH', 'SUFFIX']),
  value: z.string(),
});

export const userIdentifier = z.looseObject({
  type: z.enum(['ATTRIBUTE', 'IDENTIFIER']),
  attribute: z.string().nullish(),
  patterns: z.array(pattern).default([]),
});

export const conditionsSchema = z.looseObject({ userIdentifier: userIdentifier.nullish() });

const provider = z.looseObject({ id: z.string().nullish(), type: z.string() });

export const actionsSchema = z.looseObject({
  idp: z.looseObject({
    providers: z.array(provider).min(1).max(10),
    idpSelectionType: z.enum(['SPECIFIC', 'DYNAMIC']).default('SPECIFIC'),
  }),
});

export const ruleSchema = z.object({
  id: z.string(),
  name: z.string(),
  priority: z.number(),
  status: z.enum(['ACTIVE', 'INACTIVE']),
  conditions: conditionsSchema,
  actions: actionsSchema,
  created: z.date(),
  last_updated: z.date(),
});

export type RoutingRule = z.infer<typeof ruleSchema>;

/** The org's only policy of this type (Okta's Policy API, "IdP discovery policy"). */
export const policyIdOf = (org: Pick<Org, 'identity'>): string => org.identity.userTypeId.replace(/^oty/, '00p');

/** The catch-all that every org has: users whom no other rule is for sign in at Okta. */
export const defaultRule = (org: Org): RoutingRule => ({
  id: org.identity.userTypeId.replace(/^oty/, '0pr'),
  name: 'Default Rule',
  priority: 2_147_483_647,
  status: 'ACTIVE',
  conditions: {},
  actions: { idp: { providers: [{ type: 'OKTA' }], idpSelectionType: 'SPECIFIC' } },
  created: new Date(0),
  last_updated: new Date(0),
});

/** The rules in the order in which they are tried, without the default. */
export const readRules = (db: Queryable): Promise<RoutingRule[]> =>
  select(db, ruleSchema, 'select * from routing_rule order by priority, ordinal');

/** @throws OktaError 404 */
export async function findRule(db: Queryable, id: string): Promise<RoutingRule> {
  const found = (await readRules(db)).find((rule) => rule.id === id);
  if (found === undefined) throw notFound(id, 'PolicyRule');
  return found;
}

export function presentRule(org: Org, request: OktaRequest, rule: RoutingRule): Record<string, unknown> {
  const isDefault = rule.id === defaultRule(org).id;
  const self = `${request.origin}/api/v1/policies/${policyIdOf(org)}/rules/${rule.id}`;
  const time = (date: Date): string | null => (isDefault ? null : date.toISOString());
  return {
    id: rule.id,
    name: rule.name,
    priority: rule.priority,
    status: rule.status,
    system: isDefault,
    type: 'IDP_DISCOVERY',
    created: time(rule.created),
    lastUpdated: time(rule.last_updated),
    conditions: { network: { connection: 'ANYWHERE' }, ...rule.conditions },
    actions: rule.actions,
    _links: { self: { href: self, hints: { allow: ['GET', 'PUT', 'DELETE'] } } },
  };
}
