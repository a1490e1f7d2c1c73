import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import { bodyOf, createUser, startOrg, withId, type Reply, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let rules: string;
let idp: string;
beforeAll(async () => {
  org = await startOrg();
  const policies = bodyOf(z.array(withId), await org.call('GET', '/api/v1/policies?type=IDP_DISCOVERY'));
  expect(policies).toHaveLength(1);
  rules = `/api/v1/policies/${policies[0]?.id}/rules`;
  idp = bodyOf(withId, await org.call('POST', '/sim/idps', { name: 'Passwordless' })).id;
  const properties = { ready: { title: 'Ready', type: 'boolean' } };
  await org.call('POST', '/api/v1/meta/schemas/user/default', { definitions: { custom: { properties } } });
});
afterAll(() => org.close());

const rule = (changes: Record<string, unknown> = {}) => ({
  name: 'ready',
  type: 'IDP_DISCOVERY',
  conditions: {
    userIdentifier: { type: 'ATTRIBUTE', attribute: 'ready', patterns: [{ matchType: 'EQUALS', value: 'true' }] },
  },
  actions: { idp: { providers: [{ type: 'SAML2', id: idp }] } },
  ...changes,
});
const ruleShape = z.looseObject({ id: z.string(), name: z.string(), system: z.boolean(), priority: z.number() });
const list = async () => bodyOf(z.array(ruleShape), await org.call('GET', rules));

afterEach(async () => {
  for (const { id, system } of await list()) if (!system) await org.call('DELETE', `${rules}/${id}`);
});

const signIn = async (id: string): Promise<unknown> =>
  bodyOf(z.looseObject({ provider: z.unknown() }), await org.call('GET', `/sim/users/${id}/sign-in`)).provider;

describe('a routing rule', () => {
  test('sends those to an identity provider whose attribute has the value, at each sign-in anew', async () => {
    await org.call('POST', rules, rule());
    const id = await createUser(org);
    expect(await signIn(id)).toMatchObject({ type: 'OKTA' });
    await org.call('POST', `/api/v1/users/${id}`, { profile: { ready: true } });
    expect(await signIn(id)).toMatchObject({ type: 'SAML2', id: idp });
    await org.call('POST', `/api/v1/users/${id}`, { profile: { ready: false } });
    expect(await signIn(id)).toMatchObject({ type: 'OKTA' });
  });

  test('is tried in the order of priorities; the default comes last and stays', async () => {
    await org.call('POST', rules, rule({ name: 'later' }));
    await org.call('POST', rules, rule({ name: 'first' }));
    const all = await list();
    expect(all.map(({ name }) => name)).toEqual(['first', 'later', 'Default Rule']);
    const last = all.at(-1)?.id ?? '';
    expect((await org.call('DELETE', `${rules}/${last}`)).status).toBe(403);
    expect((await org.call('PUT', `${rules}/${last}`, rule())).status).toBe(403);
  });

  test('is read, replaced and deleted', async () => {
    const { id } = bodyOf(withId, await org.call('POST', `${rules}?activate=false`, rule()));
    expect(await org.call('GET', `${rules}/${id}`)).toMatchObject({ body: { name: 'ready', status: 'INACTIVE' } });
    expect(await org.call('PUT', `${rules}/${id}`, rule({ name: 'renamed' }))).toMatchObject({
      body: { name: 'renamed' },
    });
    expect((await org.call('DELETE', `${rules}/${id}`)).status).toBe(204);
    expect((await org.call('GET', `${rules}/${id}`)).status).toBe(404);
  });

  const identifier = (changes: Record<string, unknown>) => ({
    conditions: { userIdentifier: { ...rule().conditions.userIdentifier, ...changes } },
  });
  test.each<[string, () => Record<string, unknown>]>([
    ['an attribute that the schema lacks', () => identifier({ attribute: 'unknown' })],
    ['an attribute without a pattern', () => identifier({ patterns: [] })],
    ['a match type that Okta does not have', () => identifier({ patterns: [{ matchType: 'IS', value: 'true' }] })],
    [
      'an identity provider that the org lacks',
      () => ({ actions: { idp: { providers: [{ type: 'SAML2', id: '0oaX' }] } } }),
    ],
    ['an identity provider of another type', () => ({ actions: { idp: { providers: [{ type: 'OIDC', id: idp }] } } })],
    ['no identity provider', () => ({ actions: { idp: { providers: [] } } })],
  ])('with %s is refused', async (_, changes) => {
    expect(await org.call('POST', rules, rule(changes()))).toMatchObject({
      status: 400,
      body: { errorCode: 'E0000001' },
    });
  });

  test('has a name of its own', async () => {
    const twice: Reply[] = [await org.call('POST', rules, rule()), await org.call('POST', rules, rule())];
    expect(twice.map(({ status }) => status)).toEqual([200, 400]);
  });
});

test('the org has no policies of other types, and no rules of other policies', async () => {
  expect(await org.call('GET', '/api/v1/policies?type=OKTA_SIGN_ON')).toMatchObject({ status: 200, body: [] });
  expect((await org.call('GET', '/api/v1/policies')).status).toBe(400);
  expect((await org.call('GET', '/api/v1/policies/00pUnknown/rules')).status).toBe(404);
  expect((await org.call('GET', '/api/v1/idps/0oaUnknown')).status).toBe(404);
  expect(await org.call('GET', `/api/v1/idps/${idp}`)).toMatchObject({ body: { id: idp, type: 'SAML2' } });
});
