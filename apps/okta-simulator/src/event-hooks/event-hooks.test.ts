import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { startHookReceiver, type HookReceiver } from '../testing/hook-receiver.ts';
import { createHook, hookBody } from '../testing/hooks.ts';
import { bodyOf, startOrg, withId, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let receiver: HookReceiver;

beforeAll(async () => {
  org = await startOrg();
  await org.call('PUT', '/sim/hooks', { retryDelayMs: 50, timeoutMs: 60_000 });
});

afterAll(() => org.close());

beforeEach(async () => {
  receiver = await startHookReceiver();
});

afterEach(() => receiver.close());

describe('a hook', () => {
  test('is verified by a real GET with a one-time challenge', async () => {
    const created = await org.call('POST', '/api/v1/eventHooks', hookBody({ uri: receiver.url }));
    expect(created.body).toMatchObject({ status: 'ACTIVE', verificationStatus: 'UNVERIFIED' });
    const { id } = bodyOf(withId, created);
    const verified = await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/verify`);
    expect(verified).toMatchObject({ status: 200, body: { verificationStatus: 'VERIFIED' } });
    expect(receiver.challenges).toHaveLength(1);
  });

  test('that does not return the challenge stays unverified', async () => {
    const closedPort = 'http://127.0.0.1:9/events';
    const { id } = bodyOf(withId, await org.call('POST', '/api/v1/eventHooks', hookBody({ uri: closedPort })));
    expect(await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/verify`)).toMatchObject({
      status: 400,
      body: { errorCode: 'E0000001', errorCauses: [{ errorSummary: expect.stringMatching(/connection failed/) }] },
    });
  });

  test('never shows its secret', async () => {
    const created = await org.call('POST', '/api/v1/eventHooks', hookBody({ uri: receiver.url }));
    const { id } = bodyOf(withId, created);
    const read = await org.call('GET', `/api/v1/eventHooks/${id}`);
    const listed = await org.call('GET', '/api/v1/eventHooks');
    for (const reply of [created, read, listed]) expect(JSON.stringify(reply.body)).not.toContain('hook secret');
  });

  test('must be verified again when its channel changes, but not when its name changes', async () => {
    const id = await createHook(org, { uri: receiver.url });
    const renamed = await org.call('PUT', `/api/v1/eventHooks/${id}`, {
      ...hookBody({ uri: receiver.url }),
      name: 'other',
    });
    expect(renamed.body).toMatchObject({ name: 'other', verificationStatus: 'VERIFIED' });
    const moved = await org.call('PUT', `/api/v1/eventHooks/${id}`, hookBody({ uri: `${receiver.url}/elsewhere` }));
    expect(moved.body).toMatchObject({ verificationStatus: 'UNVERIFIED' });
  });

  test.each([
    [{ uri: 'http://hooks.example/events' }, 'uri'],
    [{ items: ['event_hook.delivery'] }, 'items'],
    [{ items: [] }, 'items'],
    [{ filter: { eventFilterMap: [{ event: 'x.y', condition: { expression: '1 == 1' } }] } }, 'expression'],
  ])('with %j is refused, and the answer names %s', async (changes, field) => {
    const reply = await org.call('POST', '/api/v1/eventHooks', hookBody({ uri: receiver.url, ...changes }));
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toContain(field);
  });

  test('is deleted only once it is inactive', async () => {
    const id = await createHook(org, { uri: receiver.url });
    expect((await org.call('DELETE', `/api/v1/eventHooks/${id}`)).status).toBe(403);
    await org.call('POST', `/api/v1/eventHooks/${id}/lifecycle/deactivate`);
    expect((await org.call('DELETE', `/api/v1/eventHooks/${id}`)).status).toBe(204);
  });
});
