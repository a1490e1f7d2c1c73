import { validationFailed } from '../http/errors.ts';
import type { Handler } from '../http/handler.ts';
import { policyIdOf } from './routing-rule.ts';

/** `GET /api/v1/policies?type=IDP_DISCOVERY`: every org has exactly one; this one has no policies of other types. */
export const listPolicies: Handler = async (org, request) => {
  const { type } = request.query;
  if (type === undefined) throw validationFailed('type', ['type: The field cannot be left blank']);
  if (type !== 'IDP_DISCOVERY') return { status: 200, body: [] };
  const id = policyIdOf(org);
  const self = `${request.origin}/api/v1/policies/${id}`;
  const policy = {
    id,
    type,
    name: 'Idp Discovery Policy',
    description: null,
    priority: 1,
    status: 'ACTIVE',
    system: true,
    conditions: null,
    _links: { self: { href: self }, rules: { href: `${self}/rules`, hints: { allow: ['GET', 'POST'] } } },
  };
  return { status: 200, body: [policy] };
};
