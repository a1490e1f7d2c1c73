import { afterAll, beforeAll, expect, test } from '@jest/globals';
import okta from '@okta/okta-sdk-nodejs';

import { bodyOf, startOrg, token, withId, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let client: okta.Client;
beforeAll(async () => {
  org = await startOrg();
  client = new okta.Client({ orgUrl: org.url, token, cacheMiddleware: null });
});
afterAll(() => org.close());

/** The policies are not in the part of Okta's document that judges the other calls. */
test('Okta’s own client lists the policy, and creates, reads, replaces and deletes a routing rule', async () => {
  const { policyApi, identityProviderApi, schemaApi } = client;
  const idpId = bodyOf(withId, await org.call('POST', '/sim/idps', { name: 'Passwordless', type: 'OIDC' })).id;
  expect(await identityProviderApi.getIdentityProvider({ idpId })).toMatchObject({ id: idpId, type: 'OIDC' });
  const properties = { ready: { title: 'Ready', type: 'string' as const } };
  await schemaApi.updateUserProfile({
    schemaId: 'default',
    userSchema: { definitions: { custom: { id: '#custom', type: 'object', properties } } },
  });
  const policies = await policyApi.listPolicies({ type: 'IDP_DISCOVERY' });
  const ids: string[] = [];
  for await (const policy of policies) ids.push(policy?.id ?? '');
  const [policyId = ''] = ids;
  expect(ids).toHaveLength(1);
  const ruleOf = (name: string) => ({
    name,
    type: 'IDP_DISCOVERY' as const,
    conditions: {
      userIdentifier: {
        type: 'ATTRIBUTE' as const,
        attribute: 'ready',
        patterns: [{ matchType: 'EQUALS' as const, value: 'true' }],
      },
    },
    actions: { idp: { providers: [{ id: idpId, type: 'OIDC' as const }] } },
  });
  const ruleId = (await policyApi.createPolicyRule({ policyId, policyRule: ruleOf('ready') })).id ?? '';
  expect(await policyApi.getPolicyRule({ policyId, ruleId })).toMatchObject({ name: 'ready', status: 'ACTIVE' });
  await policyApi.replacePolicyRule({ policyId, ruleId, policyRule: ruleOf('renamed') });
  expect(await policyApi.getPolicyRule({ policyId, ruleId })).toMatchObject({ name: 'renamed' });
  await policyApi.deletePolicyRule({ policyId, ruleId });
  await expect(policyApi.getPolicyRule({ policyId, ruleId })).rejects.toMatchObject({ status: 404 });
});
