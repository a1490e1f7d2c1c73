import { describe, expect, test } from '@jest/globals';
import { callUntilServed } from '@keycourier/local/clients/call';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import type { CapturedData, CapturedShipment } from '../world/captured-data.ts';
import { expectations, type Expectation } from '../world/captured-shipments.ts';
import { pinsFor, StoryError } from '../world/people.ts';
import type { World } from '../world/world.ts';

const historyItem = z.union([z.looseObject({ event: z.string() }), z.looseObject({ card: z.string() })]);
const history = z.object({ items: z.array(historyItem) });
const listedFlows = z.object({ items: z.array(z.looseObject({ slug: z.string(), enabled: z.boolean() })) });

/** The tests share one world and depend on their order. */
export function upgradesFinishAllShipments(world: () => World, data: () => CapturedData): void {
  const waitForStatus = async (shipments: readonly CapturedShipment[]): Promise<void> => {
    for (const { label, tenant, id } of shipments) {
      const { status } = expectationFor(label);
      let last = '';
      await waitUntil(`${label} to be ${status}`, async () => {
        const shipment = await world().api(tenant).shipment(id);
        last = JSON.stringify({ ...shipment, profile: undefined });
        return shipment.status === status && (status !== 'cancelled' || shipment.credential.state !== 'pending');
      }).catch((cause: unknown) => {
        throw new StoryError(`${label} is not ${status}; it is ${last}`, { cause });
      });
    }
  };

  describe('after an upgrade, a database of the previous version', () => {
    test('has the history of every shipment', async () => {
      for (const { tenant, id, history: before } of data().shipments) {
        const { items } = history.parse(await world().api(tenant).sendOk('GET', `/v1/shipments/${id}/events`));
        const names = items.map((item) => ('event' in item ? item.event : `card ${item.card}`));
        expect(names.slice(0, before.length)).toEqual(before);
      }
    });

    test('has its API keys, idempotency keys and flows', async () => {
      const { apiKeys, idempotent, shipments } = data();
      const { local } = world().stack;
      const statusWith = async (key: string): Promise<number> =>
        (await callUntilServed('GET', `${local.api}/v1/shipments`, { headers: { authorization: `Bearer ${key}` } }))
          .status;
      const keys = [apiKeys.portal, apiKeys.rotated, apiKeys.rotatedFormer, apiKeys.revoked];
      expect(await Promise.all(keys.map(statusWith))).toEqual([200, 200, 200, 401]);
      const headers = { authorization: `Bearer ${local.apiKey}`, 'idempotency-key': idempotent.key };
      const repeated = await callUntilServed('POST', `${local.api}/v1/shipments`, { headers, body: idempotent.body });
      expect(repeated).toMatchObject({
        status: 202,
        body: { id: shipments.find(({ label }) => label === 'requested-once')?.id },
      });
      const { items } = listedFlows.parse(await world().api('switched-off').sendOk('GET', '/v1/flows'));
      expect(items.filter(({ enabled }) => !enabled).map(({ slug }) => slug)).toEqual(['process-shipments']);
    });

    test('has its batches, with the rows that were rejected', async () => {
      for (const { id, total, accepted, rejectedTotal } of Object.values(data().batches))
        expect(await world().api().sendOk('GET', `/v1/batches/${id}`)).toMatchObject({
          total,
          accepted,
          rejectedTotal,
        });
      const rows = await world().api().sendOk('GET', `/v1/batches/${data().batches.open.id}/rows`);
      const [first] = data().shipments.filter(({ label }) => label === 'batch-row-1');
      expect(rows).toMatchObject({
        items: [
          { row: 1, user: { login: first?.login }, shipmentId: first?.id },
          { row: 2 },
          { row: 3, status: 'rejected', user: { login: first?.login }, problems: [{ code: 'duplicate_row' }] },
          { row: 4, status: 'rejected' },
        ],
      });
    });

    test('completes or cancels every shipment, from every state', async () => {
      const { shipments } = data();
      expect(shipments.map(({ label }) => label).sort()).toEqual(Object.keys(expectations).sort());
      for (const shipment of shipments)
        for (const action of expectationFor(shipment.label).actions) await action(world(), shipment);
      // Cancelled shipments come first, because the provider locks orders soon after its clock starts.
      await waitForStatus(shipments.filter(({ label }) => expectationFor(label).status === 'cancelled'));
      await resetStates(world(), data());
      await world().provider.setClock(86_400);
      await waitForStatus(shipments);
    });

    test('has no second order, enrollment or PIN mail', async () => {
      const orderRequests = await world().provider.requestLog();
      for (const shipment of data().shipments) {
        const created = orderRequests.filter(
          ({ reference, outcome }) => outcome === 'created' && reference?.startsWith(shipment.id),
        );
        expect([shipment.label, created.length <= 1]).toEqual([shipment.label, true]);
        const { orders, enrollments, pinMails } = expectationFor(shipment.label);
        const found = await traces(world(), shipment);
        expect([shipment.label, found]).toEqual([shipment.label, { orders, enrollments, pinMails }]);
      }
    });

    test('has its received events processed', async () => {
      for (const { userId, login, secondEmail } of Object.values(data().received)) {
        const completed = await waitUntil(`the shipment of ${login}`, async () => {
          const [shipment] = await world().api().shipmentsOf(userId);
          return shipment?.status === 'completed' ? shipment : null;
        });
        expect(['group-add', 'mfa-initiated']).toContain(completed.trigger);
        const mails = [...(await pinsFor(world(), login)), ...(await pinsFor(world(), secondEmail))];
        expect(mails).toHaveLength(1);
      }
    });
  });
}

function expectationFor(label: string): Expectation {
  const expected = expectations[label];
  if (expected === undefined) throw new StoryError(`There is no expectation for the captured shipment ${label}`);
  return expected;
}

/** Returns orders whose state was set by a control to the provider's clock. */
async function resetStates({ provider }: World, { tenants }: CapturedData): Promise<void> {
  for (const { name } of tenants)
    for (const { shipment_id: orderId } of await provider.orders(name)) await provider.setState(orderId, null);
}

/** The orders, enrollments and PIN mails of a shipment. */
async function traces(
  world: World,
  { tenant, id, userId, login, secondEmail, newEmail }: CapturedShipment,
): Promise<{ orders: number; enrollments: string[]; pinMails: number }> {
  const orders = (await world.provider.orders(tenant)).filter(({ customer_reference }) =>
    customer_reference?.startsWith(id),
  );
  const [user] = userId === null ? await world.api(tenant).shipmentsOf(login) : [];
  const oktaId = userId ?? user?.user.id ?? null;
  const enrollments = oktaId === null ? [] : await world.org().enrollments(oktaId);
  const addresses = [login, secondEmail, ...(newEmail === undefined ? [] : [newEmail])];
  const pins = await Promise.all(addresses.map((address) => pinsFor(world, address)));
  return {
    orders: orders.length,
    enrollments: enrollments.map(({ status }) => status),
    pinMails: pins.flat().length,
  };
}
