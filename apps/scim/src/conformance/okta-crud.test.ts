import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { allFeatures, connect, createApp, tasksOf, waitUntilIdle } from '@keycourier/okta-simulator/testing/apps';
import { readRunscope, replay } from '@keycourier/okta-simulator/testing/judges/runscope';
import { startOrg, token, type RunningOrg } from '@keycourier/okta-simulator/testing/running-org';

import { runScim, type RunningScim } from '../testing/running-scim.ts';

const crud = readRunscope(
  new URL('../../../okta-simulator/src/testing/judges/okta-scim-20-crud.json', import.meta.url),
);

let scim: RunningScim;
let org: RunningOrg;
beforeAll(async () => {
  scim = await runScim();
  org = await startOrg();
});
afterAll(async () => {
  await org.close();
  await scim.stop();
});

test.each([
  ['template', ''],
  ['wizard', 'Bearer '],
] as const)('Okta’s CRUD test passes as it is, with Okta’s side simulated as a %s app', async (client, scheme) => {
  const connection = await scim.addConnection();
  const url = scim.baseUrlOf(connection);
  const app = await createApp(org, client, `Key Shop ${client}`);
  await connect(org, app, { url, token: connection.token });
  await org.call('PUT', `/api/v1/apps/${app}/features/USER_PROVISIONING`, allFeatures());
  await org.call('PUT', '/sim/provisioning', { putDelayMs: 0 });
  const verdicts = await replay(crud, {
    variables: {
      oktaOrgUrl: org.url,
      oktaAppId: app,
      oktaToken: token,
      SCIMUrl: url,
      SCIMAuth: `${scheme}${connection.token}`,
      okta_user_firstname: 'Ada',
      okta_user_lastname: 'Byron',
      okta_user_firstname_update: 'Augusta',
      okta_user_email: `ada.${client}@acme.example`,
      okta_user_title: 'Countess',
      okta_user_primaryphone: '+14155550132',
    },
    pause: () => waitUntilIdle(org),
  });
  expect(verdicts.filter(({ faults }) => faults.length > 0)).toEqual([]);
  expect(verdicts).toHaveLength(13);
  expect(await tasksOf(org)).toEqual([]);
});
