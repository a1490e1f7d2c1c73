import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { runApi, type Call, type RunningApi } from '../testing/running-api.ts';
import { activated, advance, held, profile, requestFor } from '../testing/shipments.ts';

let api: RunningApi;
let stranger: string;
beforeAll(async () => {
  api = await runApi();
  stranger = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

const itemsIn = ({ body }: Call): unknown[] => (Array.isArray(body['items']) ? body['items'] : []);

describe('a shipment', () => {
  test('has its hold with a message and without a value', async () => {
    const id = await requestFor(api, 'held@globex.example');
    await advance(api, id, held);
    const { status, body } = await api.call('GET', `/v1/shipments/${id}`);
    expect(status).toBe(200);
    const problems = [
      { field: 'zipCode', code: 'not_a_postal_code', message: expect.stringMatching(/postal code/) },
      { field: 'streetAddress', code: 'po_box', message: expect.stringMatching(/post office box/) },
    ];
    expect(body).toMatchObject({
      status: 'held',
      hold: {
        code: 'profile_problems',
        message: expect.stringMatching(/Okta/),
        problems,
        since: '2026-01-02T03:04:05.000Z',
      },
      problems,
      actions: ['retry', 'cancel', 'correct'],
    });
    for (const problem of problems) expect(problem).not.toHaveProperty('suggestion');
  });

  test('that failed has the reason', async () => {
    const id = await requestFor(api, 'unknown@globex.example');
    await advance(api, id, {
      order: 'failed',
      failure: { code: 'user_not_found', problems: [{ field: 'user', code: 'user_not_found' }] },
    });
    expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({
      body: {
        status: 'failed',
        hold: null,
        problems: [{ code: 'user_not_found', message: expect.stringMatching(/no user/) }],
        actions: ['retry'],
      },
    });
  });

  test('whose PIN was sent has its address, masked', async () => {
    const id = await requestFor(api, 'sent@globex.example');
    const sentAt = new Date('2026-02-03T04:05:06.000Z');
    await advance(
      api,
      id,
      ...activated,
      { pin: 'released' },
      { pin: 'sending' },
      { pin: 'sent', pinMail: { sentTo: 's…@globex.example', sentAt } },
    );
    expect(await api.call('GET', `/v1/shipments/${id}`)).toMatchObject({
      body: {
        status: 'pin_sent',
        pin: { state: 'sent', sentTo: 's…@globex.example', sentAt: '2026-02-03T04:05:06.000Z' },
      },
    });
  });

  test('has suggested values, but not in a list', async () => {
    const id = await requestFor(api, 'suggested@globex.example');
    await advance(api, id, {
      ...held,
      secrets: { suggestion: { values: { zipCode: '62704', city: 'Canary' }, replaced: {} } },
    });
    const { body, text } = await api.call('GET', `/v1/shipments/${id}`);
    const problems = [
      expect.objectContaining({ field: 'zipCode', code: 'not_a_postal_code', suggestion: '62704' }),
      expect.not.objectContaining({ suggestion: expect.anything() }),
    ];
    expect(body).toMatchObject({ problems, hold: { problems } });
    expect(text).not.toContain('Canary');
    const list = await api.call('GET', '/v1/shipments?user=suggested@globex.example');
    expect(list.text).toContain('not_a_postal_code');
    expect(list.text).not.toContain('62704');
  });

  test('has the sources of its profile and its normalisations, and no value', async () => {
    const id = await requestFor(api, 'profiled@globex.example');
    await advance(api, id, { order: 'ready', profileChecked: true, secrets: { profile } });
    const { body, text } = await api.call('GET', `/v1/shipments/${id}`);
    expect(body['profile']).toEqual({
      firstName: { source: 'okta' },
      lastName: { source: 'okta' },
      email: { source: 'okta' },
      secondEmail: null,
      primaryPhone: { source: 'hris' },
      organization: { source: 'override' },
      streetAddress: { source: 'correction' },
      city: { source: 'correction' },
      state: null,
      zipCode: { source: 'correction' },
      countryCode: { source: 'okta' },
      normalised: [{ field: 'primaryPhone', rule: 'phone_to_e164' }],
    });
    const values = [profile.firstName, profile.primaryPhone, profile.organization, profile.streetLine1, profile.email];
    for (const value of values) expect(text).not.toContain(value);
  });

  test('of a batch has its row', async () => {
    const { body } = await api.call('POST', '/v1/batches', {
      body: { rows: [{ login: 'row-1@globex.example' }, { login: 'row-2@globex.example' }] },
    });
    const [listed] = itemsIn(await api.call('GET', '/v1/shipments?user=row-2@globex.example'));
    expect(listed).toMatchObject({ trigger: 'batch', batch: { id: body['id'], row: 2 } });
  });

  test.each(['', '/events'])("%s of another tenant's shipment looks like one that does not exist", async (suffix) => {
    const id = await requestFor(api, `strangers${suffix.length}@globex.example`);
    const others = await api.call('GET', `/v1/shipments/${id}${suffix}`, { key: stranger });
    const nobodys = await api.call('GET', `/v1/shipments/shp_${'0'.repeat(26)}${suffix}`, { key: stranger });
    expect(others.status).toBe(404);
    expect(others.text).toBe(nobodys.text);
    for (const bad of ['x', '%00', 'shp_%00', 'SHP_1'])
      expect(await api.call('GET', `/v1/shipments/${bad}${suffix}`)).toMatchObject({ status: 404 });
  });

  test('has a history of attempts and changes, oldest first', async () => {
    const id = await requestFor(api, 'history@globex.example');
    await advance(api, id, { order: 'ready', profileChecked: true });
    // Later than the changes before it, and not in the same millisecond.
    const at = new Date(Date.now() + 1_000);
    await api.ledger.db
      .insertInto('step_attempts')
      .values([
        {
          id: 'run_1',
          shipment_id: id,
          step: 'enroll-credential',
          attempt: 1,
          started_at: at,
          ended_at: at,
          outcome: 'later',
          why: 'okta answers 503',
        },
        { id: 'run_2', shipment_id: id, step: 'enroll-credential', attempt: 2, started_at: new Date(at.getTime() + 5) },
      ])
      .execute();
    const { status, body } = await api.call('GET', `/v1/shipments/${id}/events`);
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        { event: 'shipment.requested', at: expect.stringMatching(/Z$/), detail: { trigger: 'api' } },
        { event: 'test.moved', at: expect.any(String), detail: { order: 'requested → ready' } },
        {
          card: 'enroll-credential',
          attempt: 1,
          startedAt: at.toISOString(),
          endedAt: at.toISOString(),
          outcome: 'later',
          why: 'okta answers 503',
        },
        {
          card: 'enroll-credential',
          attempt: 2,
          startedAt: expect.any(String),
          endedAt: null,
          outcome: null,
          why: null,
        },
      ],
    });
  });
});
