import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { startHookReceiver, type HookReceiver } from '../testing/hook-receiver.ts';
import { createHook, deactivateHooks, hookBody } from '../testing/hooks.ts';
import { bodyOf, createGroup, createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

let org: RunningOrg;
let receiver: HookReceiver;

beforeAll(async () => {
  org = await startOrg();
  await org.call('PUT', '/sim/hooks', { retryDelayMs: 50, timeoutMs: 60_000 });
  await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
});

afterAll(() => org.close());

let group: string;
let groups = 0;

beforeEach(async () => {
  receiver = await startHookReceiver();
  groups += 1;
  group = await createGroup(org, `YubiKey ${groups}`);
});

// Only a test without a response shortens the timeout: on a busy machine, a real response may take longer.
afterEach(async () => {
  await deactivateHooks(org);
  await receiver.close();
  await org.call('PUT', '/sim/hooks', { timeoutMs: 60_000 });
});

const join = async (): Promise<string> => {
  const user = await createUser(org);
  await org.call('PUT', `/api/v1/groups/${group}/users/${user}`);
  return user;
};

const logShape = z.array(
  z.looseObject({ eventType: z.string(), outcome: z.looseObject({ reason: z.string().nullable() }) }),
);

async function failedDeliveries(hookId: string): Promise<z.infer<typeof logShape>> {
  const filter = `eventType eq "event_hook.delivery" and target.id eq "${hookId}"`;
  return bodyOf(logShape, await org.call('GET', `/api/v1/logs?filter=${encodeURIComponent(filter)}`));
}

describe('a delivery', () => {
  test('contains the event in the format of event hooks', async () => {
    const id = await createHook(org, { uri: receiver.url });
    const user = await join();
    const { delivery, headers } = await receiver.first();
    expect(headers).toMatchObject({ authorization: 'hook secret', 'x-tenant': 'acme' });
    expect(headers['content-type']).toBe('application/json');
    expect(delivery).toMatchObject({
      eventType: 'com.okta.event_hook',
      eventTypeVersion: '1.0',
      cloudEventsVersion: '0.1',
      source: `https://acme.okta.example/api/v1/eventHooks/${id}`,
      contentType: 'application/json',
    });
    const [event] = delivery.data.events;
    const attributes =
      'actor authenticationContext client debugContext device displayMessage eventType insertionTimestamp legacyEventType ' +
      'outcome published securityContext severity target transaction uuid version';
    expect(
      Object.keys(event ?? {})
        .toSorted()
        .join(' '),
    ).toBe(attributes);
    expect(event).toMatchObject({
      eventType: 'group.user_membership.add',
      displayMessage: 'Add user to group membership.',
      target: [
        { id: user, type: 'User' },
        { id: group, type: 'UserGroup', alternateId: 'unknown', displayName: `YubiKey ${groups}`, detailEntry: null },
      ],
      client: { ipAddress: '127.0.0.1', ipChain: [{ ip: '127.0.0.1' }] },
    });
  });

  test('of a fulfillment request has its ids in camelCase', async () => {
    await createHook(org, { uri: receiver.url, items: ['system.mfa.preregister.initiate'] });
    const userId = await createUser(org);
    const order = { productId: '29', inventoryProductId: '106', customizationId: 'RXJN83' };
    const body = { userId, fulfillmentProvider: 'yubico', fulfillmentData: [order] };
    const path = '/webauthn-registration/api/v1/initiate-fulfillment-request';
    expect((await org.call('POST', path, body)).status).toBe(204);
    const { delivery } = await receiver.first();
    expect(delivery.data.events[0]).toMatchObject({
      eventType: 'system.mfa.preregister.initiate',
      target: [
        { id: userId, type: 'User' },
        {
          detailEntry: {
            fulfillmentProvider: 'yubico',
            yubicoProductId: '29',
            yubicoInventoryProductId: '106',
            yubicoCustomizationId: 'RXJN83',
          },
        },
      ],
    });
  });

  test.each([500, 0])('with the response %d is retried once, with the same eventId', async (answer) => {
    const id = await createHook(org, { uri: receiver.url });
    receiver.answers.push(answer);
    // The receiver has to read the request within it.
    if (answer === 0) await org.call('PUT', '/sim/hooks', { timeoutMs: 6_000 });
    await join();
    await receiver.first();
    await org.call('PUT', '/sim/hooks', { timeoutMs: 60_000 });
    const [first, second] = await receiver.waitFor(2);
    expect(second?.delivery.eventId).toBe(first?.delivery.eventId);
    expect(await failedDeliveries(id)).toEqual([]);
  });

  test('that fails twice is not retried again and is recorded in the log', async () => {
    const id = await createHook(org, { uri: receiver.url });
    receiver.answers.push(503, 503);
    await join();
    const [failure] = await until(
      () => failedDeliveries(id),
      ({ length }) => length > 0,
    );
    expect(failure?.outcome).toEqual({ result: 'FAILURE', reason: 'HTTP 503' });
    expect(receiver.received).toHaveLength(2);
  });

  test('with a 4xx response is never retried', async () => {
    const id = await createHook(org, { uri: receiver.url });
    receiver.answers.push(400);
    await join();
    const [failure] = await until(
      () => failedDeliveries(id),
      ({ length }) => length > 0,
    );
    expect(failure?.outcome.reason).toBe('HTTP 400');
    await join();
    await receiver.waitFor(2);
    expect(new Set(receiver.received.map(({ delivery }) => delivery.eventId)).size).toBe(2);
  });

  test('contains several queued events, and each event is sent once', async () => {
    await createHook(org, { uri: receiver.url });
    await org.call('PUT', '/sim/hooks', { stopped: true });
    const users = await Promise.all(Array.from({ length: 25 }, () => createUser(org)));
    await Promise.all(users.map((user) => org.call('PUT', `/api/v1/groups/${group}/users/${user}`)));
    await org.call('PUT', '/sim/hooks', { stopped: false });
    const deliveries = (await receiver.waitFor(3)).map(({ delivery }) => delivery.data.events.map(({ uuid }) => uuid));
    expect(deliveries.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(new Set(deliveries.flat()).size).toBe(25);
  });

  test('that was not sent before a stop is sent after the restart', async () => {
    const away = await startHookReceiver();
    await createHook(org, { uri: away.url });
    await org.call('PUT', '/sim/hooks', { retryDelayMs: 2_000 });
    away.answers.push(500);
    const user = await join();
    await away.first();
    await org.restart();
    const [, again] = await away.waitFor(2);
    expect(again?.delivery.data.events[0]).toMatchObject({ target: [{ id: user }, {}] });
    await org.call('PUT', '/sim/hooks', { retryDelayMs: 50 });
    await away.close();
  });

  test('is not sent to a hook that is unverified, inactive, not subscribed or filters the event out', async () => {
    const expression = (name: string): unknown => ({
      eventFilterMap: [
        {
          event: 'group.user_membership.add',
          condition: {
            expression: `event.target.?[type eq 'UserGroup'].size()>0 && event.target.?[displayName eq '${name}'].size()>0`,
          },
        },
      ],
    });
    const quiet = await startHookReceiver();
    await org.call('POST', '/api/v1/eventHooks', hookBody({ uri: quiet.url }));
    const inactive = await createHook(org, { uri: quiet.url });
    await org.call('POST', `/api/v1/eventHooks/${inactive}/lifecycle/deactivate`);
    await createHook(org, { uri: quiet.url, items: ['user.lifecycle.create.other'] });
    await createHook(org, { uri: quiet.url, filter: expression('Sales') });
    await createHook(org, { uri: receiver.url, filter: expression(`YubiKey ${groups}`) });
    await join();
    await receiver.first();
    await quiet.close();
    expect(quiet.received).toEqual([]);
  });

  test('of a preview has null for actor, target and debugContext', async () => {
    const hookId = await createHook(org, { uri: receiver.url });
    expect((await org.call('POST', '/sim/events/preview', { hookId })).body).toEqual({ result: 'HTTP 204' });
    expect(receiver.received[0]?.delivery.data.events).toMatchObject([
      { actor: null, target: null, debugContext: null, outcome: { result: 'Success' } },
    ]);
  });
});
