import { afterEach, describe, expect, test } from '@jest/globals';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { queryLedger } from '../world/ledger.ts';
import { createEmployee, isPinSent, product, shipmentWhen, type Employee } from '../world/people.ts';
import {
  control,
  inboxSince,
  loggedInitiations,
  logUse,
  restoreOrg,
  untilPolled,
  type InboxEvent,
} from '../world/system-log.ts';
import type { World } from '../world/world.ts';

/** Okta's documented example for /logs is 120 calls in a minute; this is as many in ten seconds, so that windows end soon. */
export const rateWindowMs = 10_000;
const logLimit = (120 * rateWindowMs) / 60_000;

const faults = z.array(z.looseObject({ hits: z.number() }));

/** A product that is not in the tenant's list: its events are in the log and ask for no key. */
const unlisted = { productId: '55', inventoryProductId: '106', customizationId: 'RXJN83' };

/** A key for a person whose profile has no street is requested, held, and orders nothing. */
const withoutStreet = { profile: { streetAddress: null } };

export function missedEventsAreCaughtUp(world: () => World): void {
  afterEach(() => restoreOrg(world()));

  const people = async (count: number): Promise<Employee[]> => {
    const employees: Employee[] = [];
    for (let index = 0; index < count; index += 1) employees.push(await createEmployee(world(), withoutStreet));
    return employees;
  };
  const initiate = async (employees: readonly Employee[]): Promise<void> => {
    for (const { id } of employees) await world().org().initiate(id, product);
  };
  /** So many events in the log that ask for no key, 500 at once. */
  const raise = async (count: number, userId: string): Promise<void> => {
    for (let raised = 0; raised < count; raised += 500)
      await world()
        .org()
        .send('POST', '/webauthn-registration/api/v1/initiate-fulfillment-request', {
          userId,
          fulfillmentProvider: 'yubico',
          fulfillmentData: Array.from({ length: Math.min(500, count - raised) }, () => unlisted),
        });
  };
  /** Each request is a shipment, once. */
  const expectOneShipmentEach = async (employees: readonly Employee[]): Promise<void> => {
    for (const employee of employees) {
      await shipmentWhen(world(), employee, ({ hold }) => hold !== null, { timeoutMs: 480_000 });
      expect(await world().api().shipmentsOf(employee.id)).toHaveLength(1);
    }
  };
  const expectAllOnce = async (events: readonly InboxEvent[], startedAt: Date): Promise<void> => {
    const uuids = events.map(({ uuid }) => uuid);
    expect(new Set(uuids).size).toBe(uuids.length);
    expect(uuids.toSorted()).toEqual((await loggedInitiations(world(), startedAt)).toSorted());
  };
  /**
   * Starts the worker anew where it reads pages of 40 events, and each only when it is let, so that something can happen between
   * two. The events are raised while no worker runs, which could read them all at once.
   */
  const readByPages = async (raiseEvents: () => Promise<void>): Promise<void> => {
    await world().stack.children.get('worker')?.stop();
    await raiseEvents();
    await queryLedger(world(), "update catch_up set page_limit = 40, next_link = null where tenant = 'acme'");
    await letOnePage();
    await world().stack.restart('worker');
  };
  /** And the one that is held. */
  const letOnePage = (): Promise<unknown> => {
    const match = { method: 'GET', path: '/api/v1/logs' };
    return control(world(), 'PUT', '/faults', [
      { match, respond: {}, times: 1 },
      { match, respond: { hold: true } },
    ]);
  };
  const isHeld = async (): Promise<boolean> =>
    (faults.parse(await control(world(), 'GET', '/faults')).at(1)?.hits ?? 0) > 0;
  const untilPartlyRead = (startedAt: Date, total: number): Promise<number> =>
    waitUntil(
      'the first pages of the log',
      async () => {
        const { length } = await inboxSince(world(), startedAt);
        // The first pages may have only what was known before.
        if (length === 0 && (await isHeld())) await letOnePage();
        return length > 0 && length < total ? length : null;
      },
      { everyMs: 50 },
    );

  describe('events that a hook does not deliver are found in the System Log', () => {
    test('hooks lose two fifths, delay, reorder and repeat the rest: every request is found within two polls, none twice', async () => {
      const employees = await people(25);
      const startedAt = new Date();
      const hooks = { loseRate: 0.4, duplicateRate: 0.2, delayMs: 500, reorder: true, seed: 4 };
      await control(world(), 'PUT', '/hooks', hooks);
      await initiate(employees);
      await untilPolled(world(), 2);
      const events = await inboxSince(world(), startedAt);
      expect(events).toHaveLength(25);
      await expectAllOnce(events, startedAt);
      await expectOneShipmentEach(employees);
      const lost = (await inboxSince(world(), startedAt)).filter(
        (one) => one.source === 'catch_up' && !one.isDelivered,
      );
      expect(lost.length).toBeGreaterThan(0);
      expect(lost.length).toBeLessThan(25);
    });

    test('hooks are stopped: a request becomes a key with its PIN all the same', async () => {
      await control(world(), 'PUT', '/hooks', { stopped: true });
      const employee = await createEmployee(world());
      await world().org().initiate(employee.id, product);
      await shipmentWhen(world(), employee, isPinSent);
      await control(world(), 'PUT', '/hooks', { stopped: false });
      await untilPolled(world(), 1);
      expect(await world().api().shipmentsOf(employee.id)).toHaveLength(1);
    });

    test('half of them reach the log late, behind events that are younger: every request is found once', async () => {
      const employees = await people(12);
      const startedAt = new Date();
      await control(world(), 'PUT', '/hooks', { loseRate: 1 });
      await control(world(), 'PUT', '/log', { lateRate: 0.5, lateMs: 3_000, seed: 2 });
      await initiate(employees);
      await waitUntil(
        'all requests in the log',
        async () => (await loggedInitiations(world(), startedAt)).length === 12,
      );
      await untilPolled(world(), 2);
      await expectAllOnce(await inboxSince(world(), startedAt), startedAt);
      await expectOneShipmentEach(employees);
    });

    test('the cursor is refused between two pages: nothing is missed and nothing is twice', async () => {
      const employees = await people(6);
      const startedAt = new Date();
      await control(world(), 'PUT', '/hooks', { loseRate: 1 });
      await readByPages(async () => {
        await raise(200, employees[0]?.id ?? '');
        await initiate(employees);
      });
      const read = await untilPartlyRead(startedAt, 206);
      await control(world(), 'DELETE', '/log/cursors');
      await control(world(), 'PUT', '/faults', []);
      await untilPolled(world(), 2);
      const events = await inboxSince(world(), startedAt);
      expect(events).toHaveLength(206);
      expect(read).toBeLessThan(206);
      await expectAllOnce(events, startedAt);
      await expectOneShipmentEach(employees);
    });

    test('the worker is killed between two pages: the next one goes on, nothing is missed and nothing is twice', async () => {
      const employees = await people(6);
      const startedAt = new Date();
      await control(world(), 'PUT', '/hooks', { loseRate: 1 });
      await readByPages(async () => {
        await raise(200, employees[0]?.id ?? '');
        await initiate(employees);
      });
      await untilPartlyRead(startedAt, 206);
      await world().stack.children.get('worker')?.kill();
      const read = (await inboxSince(world(), startedAt)).length;
      expect(read).toBeLessThan(206);
      await control(world(), 'PUT', '/faults', []);
      await world().stack.restart('worker');
      await untilPolled(world(), 2);
      const events = await inboxSince(world(), startedAt);
      expect(events).toHaveLength(206);
      await expectAllOnce(events, startedAt);
      await expectOneShipmentEach(employees);
    });

    test('the receiver is away for an hour of 5,000 events: every request is found within two polls, none twice', async () => {
      await queryLedger(world(), "update catch_up set page_limit = 1000, next_link = null where tenant = 'acme'");
      const employees = await people(20);
      const startedAt = new Date();
      await world().stack.children.get('receiver')?.stop();
      await control(world(), 'PUT', '/hooks', { timeoutMs: 200, retryDelayMs: 10 });
      await control(world(), 'PUT', '/log', { limitPerMinute: logLimit });
      await initiate(employees.slice(0, 10));
      await raise(1_000, employees[0]?.id ?? '');
      await initiate(employees.slice(10));
      // All are found; of those behind the last request, none is waited for until the worker has ignored it.
      await raise(3_980, employees[0]?.id ?? '');
      await untilPolled(world(), 2);
      const events = await inboxSince(world(), startedAt);
      const { calls, peakPerMinute } = await logUse(world());
      console.info(
        `5,000 events were read with ${calls} calls, at most ${peakPerMinute} of ${logLimit} in ${rateWindowMs / 1_000} s`,
      );
      expect(events).toHaveLength(5_000);
      expect(events.every(({ source }) => source === 'catch_up')).toBe(true);
      expect(peakPerMinute).toBeLessThanOrEqual(logLimit / 2);
      await world().stack.restart('receiver');
      await expectOneShipmentEach(employees);
      const late = await logUse(world());
      expect(late.peakPerMinute).toBeLessThanOrEqual(logLimit / 2);
      await control(world(), 'PUT', '/log', { limitPerMinute: 600 });
      await expectAllOnce(await inboxSince(world(), startedAt), startedAt);
    });
  });
}
