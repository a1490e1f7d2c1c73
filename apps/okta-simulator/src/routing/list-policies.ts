import { validationFailed } from '../http/errors.ts';
import type { Handler } from '../http/handler.ts';
import { policyIdOf } from './routing-rule.ts';

/** `GET /api/v1/policies?type=`: every org has one of these two types; this one has no policies of other types. */
export const listPolicies: Handler = async (org, request) => {
  const { type } = request.query;
  if (type === undefined) throw validationFailed('type', ['type: The field cannot be left blank']);
  if (type === 'PASSWORD') return { status: 200, body: [passwordPolicy(request.origin)] };
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

/** Okta's default policy. Passwords that are shorter are refused. */
export const leastPasswordLength = 8;

function passwordPolicy(origin: string): Record<string, unknown> {
  const id = '00p0default0password';
  const self = `${origin}/api/v1/policies/${id}`;
  const complexity = {
    minLength: leastPasswordLength,
    minLowerCase: 1,
    minUpperCase: 1,
    minNumber: 1,
    minSymbol: 0,
    excludeUsername: true,
    dictionary: { common: { exclude: false } },
    excludeAttributes: [],
  };
  return {
    id,
    type: 'PASSWORD',
    name: 'Default Policy',
    description: null,
    priority: 1,
    status: 'ACTIVE',
    system: true,
    conditions: { people: { groups: { include: [] } }, authProvider: { provider: 'OKTA' } },
    settings: {
      password: { complexity, age: { maxAgeDays: 0, expireWarnDays: 0, minAgeMinutes: 0, historyCount: 4 } },
    },
    _links: { self: { href: self }, rules: { href: `${self}/rules`, hints: { allow: ['GET', 'POST'] } } },
  };
}
