import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { claimRegistration } from '@keycourier/ledger/registrations/claim-registration';
import { finishRegistration } from '@keycourier/ledger/registrations/finish-registration';
import { sweepRegistrations } from '@keycourier/ledger/registrations/sweep-registrations';
import { bring, change, open } from '@keycourier/ledger/testing/sample-shipments';
import { sql } from 'kysely';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

test('a tenant without registrations says so, and its shipments have none', async () => {
  expect(await api.call('GET', '/v1/registration')).toMatchObject({
    status: 200,
    body: {
      tenant: 'globex',
      enabled: false,
      people: { ready: 0, notReady: 0, pending: 0, problem: 0 },
      problems: [],
      settingsProblem: null,
      hub: { enabled: false, people: { ready: 0 } },
    },
  });
});

test('a person whose key is in the hub is shown for both orgs', async () => {
  const { id } = await open(api.ledger, { tenant: 'globex', userId: '00uInSpoke', login: null });
  await change(api.ledger, id, { hubUser: { id: '00uInHub', drift: [] } });
  await bring(api.ledger, id, 'active');
  await sweepRegistrations(api.ledger, new Map([['hub:globex', 'somewhere']]));
  for (const path of [`/v1/shipments/${id}`, '/v1/shipments']) {
    const { body } = await api.call('GET', path);
    expect(JSON.stringify(body)).toMatch(/"hub":{"userId":"00uInHub","drift":\[\],"registration":{"state":"pending"/);
    expect(body).toMatchObject(path.endsWith(id) ? { registration: null } : { items: [{ registration: null }] });
  }
  expect(await api.call('GET', '/v1/registration')).toMatchObject({
    body: { people: { pending: 0 }, hub: { people: { pending: 1 } } },
  });
  await sql`truncate registrations`.execute(api.ledger.db);
  await sql`truncate shipments cascade`.execute(api.ledger.db);
});

test('a person, the counts and what an administrator must change are shown to the tenant alone', async () => {
  const { id } = await open(api.ledger, { tenant: 'globex', userId: '00u1ready', login: null });
  expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({ body: { registration: null } });
  await bring(api.ledger, id, 'active');
  await sweepRegistrations(api.ledger, new Map([['globex', 'somewhere']]));
  expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({
    body: { registration: { state: 'pending', writtenAt: null, problem: null } },
  });
  const finish = async (problem: 'attribute_refused' | null): Promise<void> => {
    const row = await api.ledger.db.selectFrom('registrations').select('id').executeTakeFirstOrThrow();
    const claim = await claimRegistration(api.ledger, { id: row.id, dispatchId: null, leaseMs: 1_000 });
    if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
    await finishRegistration(api.ledger, claim.attempt, { wrote: problem === null, problem, verifyEveryMs: 0 });
  };
  await finish(null);
  expect(await api.call('GET', '/v1/shipments')).toMatchObject({
    body: { items: [{ registration: { state: 'ready', writtenAt: expect.any(String) } }] },
  });
  await sweepRegistrations(api.ledger, new Map([['globex', 'somewhere']]));
  await finish('attribute_refused');
  const message = expect.stringMatching(/okta setup --registration-attribute/);
  expect(await api.call('GET', '/v1/registration')).toMatchObject({
    status: 200,
    body: {
      people: { ready: 0, problem: 1 },
      problems: [{ code: 'attribute_refused', people: 1, message }],
      settingsProblem: { code: 'attribute_refused', message, retryAt: expect.any(String) },
    },
  });
  const { key } = await api.keyFor('acme', ['read']);
  expect(await api.call('GET', '/v1/registration', { key })).toMatchObject({ body: { problems: [] } });
  const { key: writer } = await api.keyFor('globex', ['write']);
  expect(await api.call('GET', '/v1/registration', { key: writer })).toMatchObject({ status: 403 });
});
