import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import { callUntilServed } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { createEmployee, isPinSent, pinsFor, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

const trial = (file: string): string =>
  readFileSync(new URL(`../../src/testing/trials/${file}`, import.meta.url), 'utf8');
const twoKeys = z
  .looseObject({ fulfillmentData: z.array(z.looseObject({})) })
  .parse(JSON.parse(trial('two-keys-at-once.json')));

export function eventsAskForKeys(world: () => World): void {
  /** Delivers a body as Okta's event hook does. */
  const deliver = async (body: unknown): Promise<void> => {
    const { receiver, hookSecret, tenant } = world().stack.local;
    const { status } = await callUntilServed('POST', `${receiver}/okta/hooks/${tenant}`, {
      headers: { authorization: hookSecret },
      body,
    });
    expect(status).toBe(204);
  };
  const purposesOf = async (userId: string): Promise<string[]> => {
    const shipments = await world().api().shipmentsOf(userId);
    return shipments.map(({ purpose }) => String(purpose)).toSorted();
  };

  describe('an initiation asks for', () => {
    test('two keys, a primary and a backup one: each gets its PIN mail, in an event for each or in one for both', async () => {
      const [inTwo, inOne] = [
        await createEmployee(world(), { staged: true }),
        await createEmployee(world(), { staged: true }),
      ];
      await world()
        .org()
        .send('POST', '/webauthn-registration/api/v1/initiate-fulfillment-request', { ...twoKeys, userId: inTwo.id });
      const uuid = randomUUID();
      const factors = ['106', '107'].map((yubicoInventoryProductId) => ({
        id: 'unknown',
        type: 'AuthenticatorEnrollment',
        detailEntry: {
          fulfillmentProvider: 'yubico',
          yubicoProductId: '29',
          yubicoInventoryProductId,
          yubicoCustomizationId: 'RXJN83',
        },
      }));
      const target = [{ id: inOne.id, type: 'User' }, ...factors];
      await deliver({ data: { events: [{ uuid, eventType: 'system.mfa.preregister.initiate', target }] } });
      for (const employee of [inTwo, inOne]) {
        await waitUntil('both requests', async () => (await purposesOf(employee.id)).length === 2);
        expect(await purposesOf(employee.id)).toEqual(['backup', 'primary']);
        await waitUntil('both PINs', async () => (await world().api().shipmentsOf(employee.id)).every(isPinSent));
        expect(await pinsFor(world(), employee.secondEmail)).toHaveLength(2);
      }
      expect((await world().api().eventsWith({ uuid })).map(({ key, outcome }) => [key, outcome])).toEqual([
        [2, 'accepted'],
        [1, 'accepted'],
      ]);
    });

    test('a key whose ids came as numbers', async () => {
      const employee = await createEmployee(world());
      const uuid = randomUUID();
      const text = trial('numbers-in-detail.json').replace('<new>', uuid).replace('<user id>', employee.id);
      await deliver(JSON.parse(text));
      await shipmentWhen(world(), employee, isPinSent);
      const events = await world().api().eventsWith({ user: employee.login, outcome: 'accepted' });
      expect(events).toMatchObject([{ uuid }]);
    });
  });
}
