import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';

import { api, enroll, enrollmentIdOf, listed } from '../testing/preregistration.ts';
import { createProvider, type Provider } from '../testing/provider.ts';
import { createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let provider: Provider;

beforeAll(async () => {
  org = await startOrg();
  provider = await createProvider();
});

afterAll(() => org.close());

describe('activate', () => {
  test('activates the factor and stores its credential and its PIN', async () => {
    const userId = await createUser(org);
    const enrolled = await enroll(org, provider, userId);
    const activation = await provider.program(enrolled);
    const reply = await org.call('POST', `${api}/activate`, activation);

    expect(reply.body).toEqual({
      userId,
      fulfillmentProvider: 'yubico',
      authenticatorEnrollmentIds: [enrollmentIdOf(enrolled)],
    });
    expect(await listed(org, userId)).toMatchObject([
      {
        status: 'ACTIVE',
        profile: { credentialId: expect.any(String), authenticatorName: 'YubiKey', presetPinAvailable: true },
      },
    ]);
  });

  test('works on an enrollment that was marked as errored', async () => {
    const userId = await createUser(org);
    const enrolled = await enroll(org, provider, userId);
    const marked = await org.call('POST', `${api}/users/${userId}/enrollments/${enrollmentIdOf(enrolled)}/mark-error`);
    expect(marked.status).toBe(204);
    expect(await listed(org, userId)).toMatchObject([{ status: 'FULFILLMENT_ERRORED' }]);

    await org.call('POST', `${api}/activate`, await provider.program(enrolled));
    expect(await listed(org, userId)).toMatchObject([{ status: 'ACTIVE' }]);
  });

  test('is refused the second time', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    const activation = await provider.program(enrolled);
    expect((await org.call('POST', `${api}/activate`, activation)).status).toBe(200);
    expect(await org.call('POST', `${api}/activate`, activation)).toMatchObject({
      status: 400,
      body: { errorCauses: { errorSummary: 'The enrollment is already active.' } },
    });
  });

  test('works after a restart', async () => {
    const userId = await createUser(org);
    const enrolled = await enroll(org, provider, userId);
    await org.restart();
    const reply = await org.call('POST', `${api}/activate`, await provider.program(enrolled));
    expect(reply.status).toBe(200);
  });

  test('stores no PIN in clear and no response key', async () => {
    const enrolled = await enroll(org, provider, await createUser(org));
    await org.call('POST', `${api}/activate`, await provider.program(enrolled, { pin: '87654321' }));
    const db = new pg.Client({ connectionString: org.databaseUrl });
    await db.connect();
    const rows = await db.query(
      'select enrollment::text as whole, sealed_response_keys from enrollment where id = $1',
      [enrollmentIdOf(enrolled)],
    );
    const log = await db.query('select string_agg(body::text, chr(10)) as whole from log_event');
    await db.end();
    expect(rows.rows).toEqual([{ whole: expect.stringContaining('ACTIVE'), sealed_response_keys: null }]);
    expect(JSON.stringify([rows.rows, log.rows])).not.toContain('87654321');
  });
});
