import type { PoolClient } from 'pg';
import { z } from 'zod';

import type { Org } from '../context.ts';
import { changeHandler } from '../http/change-handler.ts';
import { notFound, OktaError, validationFailed } from '../http/errors.ts';
import { flag, param, parseBody, type Handler, type OktaRequest } from '../http/handler.ts';
import { oktaId } from '../store/okta-id.ts';
import { readCustom } from '../users/custom-attributes.ts';
import { baseAttributes } from '../users/profile.ts';
import { findProvider } from './identity-providers.ts';
import {
  actionsSchema,
  conditionsSchema,
  defaultRule,
  findRule,
  policyIdOf,
  presentRule,
  readRules,
  type RoutingRule,
} from './routing-rule.ts';

const bodySchema = z.looseObject({
  name: z.string().min(1).max(255),
  type: z.literal('IDP_DISCOVERY').default('IDP_DISCOVERY'),
  priority: z.int().min(1).nullish(),
  status: z.enum(['ACTIVE', 'INACTIVE']).nullish(),
  conditions: conditionsSchema.default({}),
  actions: actionsSchema,
});

type Draft = z.infer<typeof bodySchema>;

function checkPolicy(org: Org, request: OktaRequest): void {
  const id = param(request, 'policyId');
  if (id !== policyIdOf(org)) throw notFound(id, 'Policy');
}

/** `GET /api/v1/policies/{policyId}/rules` */
export const listRules: Handler = async (org, request) => {
  checkPolicy(org, request);
  const rules = [...(await readRules(org.db)), defaultRule(org)];
  return { status: 200, body: rules.map((rule) => presentRule(org, request, rule)) };
};

/** `GET …/rules/{ruleId}` */
export const getRule: Handler = async (org, request) => {
  checkPolicy(org, request);
  const id = param(request, 'ruleId');
  const rule = id === defaultRule(org).id ? defaultRule(org) : await findRule(org.db, id);
  return { status: 200, body: presentRule(org, request, rule) };
};

/** `POST …/rules?activate=`: without a priority it becomes the first; those from its priority on move down. */
export const createRule = changeHandler(async ({ org, request, tx }) => {
  checkPolicy(org, request);
  const draft = parseBody(bodySchema, request.body, 'policyRule');
  await checkDraft(tx, draft, null);
  const rule = await insertRule(tx, {
    id: oktaId('0pr'),
    name: draft.name,
    priority: draft.priority ?? 1,
    status: flag(request, 'activate', true) ? 'ACTIVE' : 'INACTIVE',
    conditions: draft.conditions,
    actions: draft.actions,
    created: org.now(),
    last_updated: org.now(),
  });
  return { status: 200, body: presentRule(org, request, rule) };
});

async function insertRule(tx: PoolClient, rule: RoutingRule): Promise<RoutingRule> {
  await tx.query('update routing_rule set priority = priority + 1 where priority >= $1', [rule.priority]);
  const { conditions, actions } = rule;
  await tx.query(
    `insert into routing_rule (id, name, priority, status, conditions, actions, created, last_updated)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      rule.id,
      rule.name,
      rule.priority,
      rule.status,
      JSON.stringify(conditions),
      JSON.stringify(actions),
      rule.created,
      rule.last_updated,
    ],
  );
  return rule;
}

/** `PUT …/rules/{ruleId}` */
export const replaceRule = changeHandler(async ({ org, request, tx }) => {
  checkPolicy(org, request);
  const draft = parseBody(bodySchema, request.body, 'policyRule');
  const before = await findOwnRule(org, tx, param(request, 'ruleId'));
  await checkDraft(tx, draft, before.id);
  const { name, conditions, actions } = draft;
  const priority = draft.priority ?? before.priority;
  const rule = { ...before, name, conditions, actions, priority, last_updated: org.now() };
  await tx.query(
    'update routing_rule set name = $2, priority = $3, conditions = $4, actions = $5, last_updated = $6 where id = $1',
    [rule.id, name, priority, JSON.stringify(conditions), JSON.stringify(actions), rule.last_updated],
  );
  return { status: 200, body: presentRule(org, request, rule) };
});

/** `DELETE …/rules/{ruleId}` */
export const deleteRule = changeHandler(async ({ org, request, tx }) => {
  checkPolicy(org, request);
  const { id } = await findOwnRule(org, tx, param(request, 'ruleId'));
  await tx.query('delete from routing_rule where id = $1', [id]);
  return { status: 204 };
});

/** @throws OktaError 404, or 403 for the default rule */
async function findOwnRule(org: Org, tx: PoolClient, id: string): Promise<RoutingRule> {
  if (id === defaultRule(org).id)
    throw new OktaError('E0000006', { causes: ['system: the default rule cannot be changed'] });
  return findRule(tx, id);
}

/** @throws OktaError E0000001 */
async function checkDraft(tx: PoolClient, { name, conditions, actions }: Draft, ownId: string | null): Promise<void> {
  const others = (await readRules(tx)).filter(({ id }) => id !== ownId);
  if (others.some((other) => other.name === name))
    throw validationFailed('name', ['name: Policy rule name already in use']);
  const identifier = conditions.userIdentifier;
  if (identifier?.type === 'ATTRIBUTE') {
    const attribute = identifier.attribute ?? '';
    const known = Object.hasOwn(baseAttributes, attribute) || Object.hasOwn(await readCustom(tx), attribute);
    if (!known) throw validationFailed('conditions', ['userIdentifier.attribute: The attribute is not in the schema']);
    if (identifier.patterns.length !== 1)
      throw validationFailed('conditions', ['userIdentifier.patterns: An attribute has exactly one pattern']);
  }
  for (const { id, type } of actions.idp.providers)
    if (type !== 'OKTA' && (await findProvider(tx, id ?? ''))?.type !== type)
      throw validationFailed('actions', ['idp.providers: There is no such identity provider']);
}
