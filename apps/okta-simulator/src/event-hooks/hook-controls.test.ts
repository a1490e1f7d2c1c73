import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';
import { z } from 'zod';

import { startHookReceiver, type HookReceiver } from '../testing/hook-receiver.ts';
import { createHook, deactivateHooks } from '../testing/hooks.ts';
import { bodyOf, createGroup, createUser, startOrg, type RunningOrg } from '../testing/running-org.ts';

const joined = 'group.user_membership.add';
/** A receiver that answers late would get a delivery twice. */
const patient = { timeoutMs: 60_000 };
const quiet = { loseRate: 0, duplicateRate: 0, delayMs: 0, reorder: false, stopped: false, seed: 1 };

let org: RunningOrg;
let receiver: HookReceiver;

beforeAll(async () => {
  org = await startOrg();
  await org.call('PUT', '/sim/rate-limit', { limitPerMinute: 100_000 });
  await org.call('PUT', '/sim/hooks', patient);
});
afterAll(() => org.close());
beforeEach(async () => {
  receiver = await startHookReceiver();
});
afterEach(async () => {
  await org.call('PUT', '/sim/hooks', quiet);
  await deactivateHooks(org);
  await receiver.close();
});

/** Adds one user to new groups, one after the other; returns the uuids in the order of the log. */
async function raise(count: number, inOrg = org): Promise<string[]> {
  const user = await createUser(inOrg);
  for (let index = 0; index < count; index += 1) {
    const group = await createGroup(inOrg, `Group ${user} ${index}`);
    await inOrg.call('PUT', `/api/v1/groups/${group}/users/${user}`);
  }
  const filter = encodeURIComponent(`eventType eq "${joined}" and target.id eq "${user}"`);
  const page = await inOrg.call('GET', `/api/v1/logs?limit=1000&filter=${filter}`);
  return bodyOf(z.array(z.looseObject({ uuid: z.string() })), page).map(({ uuid }) => uuid);
}

const deliveredTo = ({ received }: HookReceiver): string[] =>
  received.flatMap(({ delivery }) => delivery.data.events.map(({ uuid }) => uuid));

/** All that was delivered, as soon as the hooks have nothing left to deliver: a last event marks the end. */
async function delivered(inOrg = org, to = receiver): Promise<string[]> {
  await inOrg.call('PUT', '/sim/hooks', { loseRate: 0, reorder: false, delayMs: 0 });
  const [last = ''] = await raise(1, inOrg);
  const all = await until(
    () => deliveredTo(to),
    (uuids) => uuids.includes(last),
  );
  return all.filter((uuid) => uuid !== last);
}

describe('hooks', () => {
  test('lose about the share of events of their control, and the log has all of them', async () => {
    await createHook(org, { uri: receiver.url });
    await org.call('PUT', '/sim/hooks', { loseRate: 0.2, seed: 7 });
    const raised = await raise(100);
    expect(raised).toHaveLength(100);
    const arrived = await delivered();
    expect(raised.filter((uuid) => arrived.includes(uuid))).toEqual(arrived);
    expect(arrived.length).toBeGreaterThan(65);
    expect(arrived.length).toBeLessThan(92);
  });

  test('lose the same events of the same calls under the same seed, and others under another', async () => {
    const lostUnder = async (seed: number): Promise<number[]> => {
      const fresh = await startOrg();
      const own = await startHookReceiver();
      await fresh.call('PUT', '/sim/hooks', { ...patient, loseRate: 0.5, seed });
      await createHook(fresh, { uri: own.url });
      const raised = await raise(20, fresh);
      const arrived = await delivered(fresh, own);
      await own.close();
      await fresh.close();
      return raised.flatMap((uuid, index) => (arrived.includes(uuid) ? [] : [index]));
    };
    const [one, same, other] = [await lostUnder(1), await lostUnder(1), await lostUnder(2)];
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test('deliver every event in another order than the log by control', async () => {
    await createHook(org, { uri: receiver.url });
    await org.call('PUT', '/sim/hooks', { reorder: true, stopped: true });
    const raised = await raise(30);
    await org.call('PUT', '/sim/hooks', { stopped: false });
    const arrived = await delivered();
    expect(arrived.toSorted()).toEqual(raised.toSorted());
    expect(arrived).not.toEqual(raised);
  });

  test('deliver nothing while they are stopped, and everything after that', async () => {
    await createHook(org, { uri: receiver.url });
    await org.call('PUT', '/sim/hooks', { stopped: true });
    const raised = await raise(3);
    await org.restart();
    expect(receiver.received).toEqual([]);
    await org.call('PUT', '/sim/hooks', { stopped: false });
    expect(await delivered()).toEqual(raised);
  });

  test('deliver an event only after its delay, which is kept after a restart', async () => {
    await createHook(org, { uri: receiver.url });
    await org.call('PUT', '/sim/hooks', { delayMs: 1_500 });
    const startedMs = Date.now();
    const raised = await raise(1);
    await org.restart();
    await receiver.first();
    expect(deliveredTo(receiver)).toEqual(raised);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(1_500);
  });

  test('send a delivery twice under one eventId by control', async () => {
    await createHook(org, { uri: receiver.url });
    await org.call('PUT', '/sim/hooks', { duplicateRate: 1 });
    const raised = await raise(1);
    const [first, second] = await receiver.waitFor(2);
    expect(second?.delivery.eventId).toBe(first?.delivery.eventId);
    expect(deliveredTo(receiver)).toEqual([...raised, ...raised]);
  });

  test.each([{ loseRate: 1.1 }, { loseRate: -0.1 }, { delayMs: -1 }, { reorder: 'yes' }, { lose: 0.1 }])(
    'refuse the control %j',
    async (control) => {
      expect(await org.call('PUT', '/sim/hooks', control)).toMatchObject({ status: 400 });
    },
  );
});
