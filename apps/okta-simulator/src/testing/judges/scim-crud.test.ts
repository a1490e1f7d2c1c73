import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { waitUntilIdle, startApp } from '../apps.ts';
import { startOrg, token, type RunningOrg } from '../running-org.ts';
import { readRunscope, replay } from './runscope.ts';

const crud = readRunscope(new URL('../../../src/testing/judges/okta-scim-20-crud.json', import.meta.url));

let org: RunningOrg;

beforeEach(async () => {
  org = await startOrg();
});

afterEach(() => org.close());

test.each(['template', 'wizard'] as const)('Okta’s CRUD test passes against a %s app', async (client) => {
  const { id, server } = await startApp(org, { client });
  await org.call('PUT', '/sim/provisioning', { putDelayMs: 0 });
  const verdicts = await replay(crud, {
    variables: {
      oktaOrgUrl: org.url,
      oktaAppId: id,
      oktaToken: token,
      SCIMUrl: server.ownUrl,
      SCIMAuth: client === 'template' ? server.token : `Bearer ${server.token}`,
      okta_user_firstname: 'Ada',
      okta_user_lastname: 'Byron',
      okta_user_firstname_update: 'Augusta',
      okta_user_email: 'ada@acme.example',
      okta_user_title: 'Countess',
      okta_user_primaryphone: '+14155550132',
    },
    pause: () => waitUntilIdle(org),
  });
  expect(verdicts.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(verdicts).toHaveLength(13);
  expect(server.faults).toEqual([]);
  await server.close();
});
