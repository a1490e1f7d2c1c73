import { randomUUID } from 'node:crypto';

import { describe, expect, test } from '@jest/globals';
import { callUntilServed } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';

import { queryLedger } from '../world/ledger.ts';
import { createEmployee, isPinSent, product, shipmentWhen } from '../world/people.ts';
import type { World } from '../world/world.ts';

interface Target {
  id: string;
  type: string;
  alternateId?: string;
  displayName?: string;
  detailEntry?: unknown;
}

export function someEventsAreIgnored(world: () => World): void {
  /** Delivers one event as Okta's event hook does, and returns its uuid. */
  const deliver = async (
    eventType: string,
    target: readonly Target[] | null,
    uuid: string = randomUUID(),
  ): Promise<string> => {
    const { receiver, hookSecret, tenant } = world().stack.local;
    const { status } = await callUntilServed('POST', `${receiver}/okta/hooks/${tenant}`, {
      headers: { authorization: hookSecret },
      body: {
        eventType: 'com.okta.event_hook',
        eventTypeVersion: '1.0',
        cloudEventsVersion: '0.1',
        source: 'https://acme.okta.example/api/v1/eventHooks/who1',
        eventId: randomUUID(),
        eventTime: new Date().toISOString(),
        contentType: 'application/json',
        data: {
          events: [
            {
              uuid,
              published: new Date().toISOString(),
              eventType,
              version: '0',
              outcome: { result: 'SUCCESS' },
              actor: null,
              target,
            },
          ],
        },
      },
    });
    expect(status).toBe(204);
    return uuid;
  };
  const reasonOf = (uuid: string): Promise<string> =>
    waitUntil(`a verdict on ${uuid}`, async () => {
      const [event] = await world().api().eventsWith({ uuid });
      return event === undefined || event.outcome === 'received' ? null : `${event.outcome}: ${String(event.reason)}`;
    });
  const groupAdd = (userId: string, groupId: string): readonly Target[] => [
    { id: groupId, type: 'UserGroup', displayName: 'YubiKey 5 NFC' },
    { id: userId, type: 'User', alternateId: 'user@acme.example' },
  ];

  describe('events that request no key are ignored with a reason', () => {
    test('an event of another type', async () => {
      expect(await reasonOf(await deliver('user.session.start', []))).toBe('ignored: not an event that asks for a key');
    });

    test('a preview payload whose target is null', async () => {
      expect(await reasonOf(await deliver('group.user_membership.add', null))).toContain(
        'ignored: the event names no user',
      );
    });

    test('an unknown user', async () => {
      const groupId = await world().org().groupId('YubiKey 5 NFC');
      expect(await reasonOf(await deliver('group.user_membership.add', groupAdd('00uUnknown', groupId)))).toBe(
        'ignored: user_not_found',
      );
    });

    test('a group without a product, also if the event has the name of another group', async () => {
      const employee = await createEmployee(world());
      const groupId = await world().org().createGroup(`Choir ${randomUUID()}`);
      expect(await reasonOf(await deliver('group.user_membership.add', groupAdd(employee.id, groupId)))).toBe(
        'ignored: the group has no product',
      );
    });

    test('an event of a flow that is off; it is not replayed when the flow is on again', async () => {
      const employee = await createEmployee(world());
      await world().api().switchFlow('group-add', false);
      try {
        const groupId = await world().org().groupId('YubiKey 5 NFC');
        expect(await reasonOf(await deliver('group.user_membership.add', groupAdd(employee.id, groupId)))).toBe(
          'ignored: flow off',
        );
      } finally {
        await world().api().switchFlow('group-add', true);
      }
      expect(await world().api().shipmentsOf(employee.id)).toEqual([]);
    });

    test('a user with an open shipment, and for Group Add a user with an active key', async () => {
      const employee = await createEmployee(world());
      const groupId = await world().org().groupId('YubiKey 5 NFC');
      await world().api().switchFlow('process-shipments', false);
      try {
        await world().org().addToGroup(groupId, employee.id);
        await shipmentWhen(world(), employee, ({ status }) => status === 'ready');
        expect(await reasonOf(await deliver('group.user_membership.add', groupAdd(employee.id, groupId)))).toContain(
          'ignored: already_open',
        );
      } finally {
        await world().api().switchFlow('process-shipments', true);
      }
      await shipmentWhen(world(), employee, ({ status }) => status === 'completed');
      expect(await reasonOf(await deliver('group.user_membership.add', groupAdd(employee.id, groupId)))).toContain(
        'ignored: has_active_key',
      );
    });

    test("a product that is not in the tenant's list", async () => {
      const employee = await createEmployee(world());
      const detailEntry = {
        fulfillmentProvider: 'yubico',
        yubicoProductId: '54',
        yubicoInventoryProductId: '106',
        yubicoCustomizationId: 'RXJN83',
      };
      const uuid = await deliver('system.mfa.preregister.initiate', [
        { id: 'x', type: 'AuthenticatorEnrollment', detailEntry },
        { id: employee.id, type: 'User' },
      ]);
      expect(await reasonOf(uuid)).toContain("not in the tenant's list");
      const events = await world().api().eventsWith({ user: employee.id });
      expect(events).toContainEqual(expect.objectContaining({ uuid, outcome: 'ignored' }));
    });

    test('an id that can be none is set aside, with the reason', async () => {
      const employee = await createEmployee(world());
      const detailEntry = { fulfillmentProvider: 'yubico', yubicoProductId: { id: '29' } };
      const uuid = await deliver('system.mfa.preregister.initiate', [
        { id: 'x', type: 'AuthenticatorEnrollment', detailEntry },
        { id: employee.id, type: 'User' },
      ]);
      expect(await reasonOf(uuid)).toBe('set_aside: yubicoProductId is an object, not an id');
    });

    test('a redelivered event changes nothing; details in snake_case are supported', async () => {
      const employee = await createEmployee(world());
      const detailEntry = {
        fulfillment_provider: 'yubico',
        yubico_product_id: product.productId,
        yubico_inventory_product_id: product.inventoryProductId,
        yubico_customization_id: product.customizationId,
      };
      const target = [
        { id: 'x', type: 'AuthenticatorEnrollment', detailEntry },
        { id: employee.id, type: 'User' },
      ];
      const uuid = await deliver('system.mfa.preregister.initiate', target);
      await shipmentWhen(world(), employee, isPinSent);
      await deliver('system.mfa.preregister.initiate', target, uuid);
      expect(await queryLedger(world(), 'select state from inbound_events where uuid = $1', [uuid])).toEqual([
        { state: 'accepted' },
      ]);
      expect(await world().api().shipmentsOf(employee.id)).toHaveLength(1);
    });
  });
}
