import { param, type Handler } from '../http/handler.ts';
import { findUser, textOf, type User } from '../users/user.ts';
import { defaultRule, readRules, type RoutingRule } from './routing-rule.ts';

/** `GET /sim/users/{id}/sign-in`: where a user is sent who begins to sign in now; of the rules, the first that matches. */
export const routeSignIn: Handler = async (org, request) => {
  const user = await findUser(org.db, param(request, 'id'));
  const rules = (await readRules(org.db)).filter(({ status }) => status === 'ACTIVE');
  const { id, name, actions } = rules.find((rule) => isFor(rule, user)) ?? defaultRule(org);
  const [provider] = actions.idp.providers;
  return { status: 200, body: { rule: { id, name }, provider } };
};

function isFor({ conditions }: RoutingRule, user: User): boolean {
  const { userIdentifier } = conditions;
  if (!userIdentifier) return true;
  const value =
    userIdentifier.type === 'IDENTIFIER' ? textOf(user, 'login') : user.profile[userIdentifier.attribute ?? ''];
  if (value === undefined || value === null) return false;
  // A rule's pattern is text; of other types the text of the value is compared.
  const text = String(value).toLowerCase();
  return userIdentifier.patterns.some(({ matchType, value: wanted }) => matches(text, matchType, wanted.toLowerCase()));
}

function matches(text: string, matchType: string, wanted: string): boolean {
  switch (matchType) {
    case 'EQUALS':
      return text === wanted;
    case 'CONTAINS':
      return text.includes(wanted);
    case 'STARTS_WITH':
      return text.startsWith(wanted);
    case 'SUFFIX':
      return text.endsWith(wanted);
    default:
      return false;
  }
}
